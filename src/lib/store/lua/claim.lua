-- Leases a ready job to one executor, if its host may be asked now.
-- KEYS 1 job  2 pend  3 asset  4 bucket of the host, and for a job of a run  5 kept  6 counters of the run
-- ARGV 1 '1' if of a run  2 token  3 worker  4 lease ms, and for a host with limits  5 requests a second (0: any)
--      6 at once (0: any)
-- answers {'claimed', now, leased until, attempt, kills, plugins off} | {'postponed', now, until}
--       | {'refused', now} | {'cancelled', now} | {'gone', now}
--@include now
--@include job_end
local now = now_ms()
local job = redis.call('HMGET', KEYS[1], 'st', 'att', 'kills', 'nx', 'off')
if not job[1] then
  redis.call('ZREM', KEYS[2], job_id)
  return {'gone', now}
end
if job[1] ~= 'ready' then return {'refused', now} end
if redis.call('EXISTS', KEYS[3]) == 0 then
  end_job('cancelled', 'err', 'the asset was removed')
  return {'cancelled', now}
end
local later = tonumber(job[4] or 0)
if later > now then return {'postponed', now, later} end

local lease, rate, most = tonumber(ARGV[4]), tonumber(ARGV[5] or 0), tonumber(ARGV[6] or 0)
if rate > 0 or most > 0 then
  local bucket = redis.call('HMGET', KEYS[4], 'tokens', 'at', 'busy', 'queue')
  local busy = tonumber(bucket[3] or 0)
  local tokens, wait, gap
  if most > 0 and busy >= most then
    wait, gap = 100 + tonumber(string.sub(ARGV[2], 1, 4), 16) % 401, 10
  elseif rate > 0 then
    tokens = math.max(1, rate)
    if bucket[1] then
      tokens = math.min(tokens, bucket[1] + math.max(0, now - bucket[2]) * rate / 1000)
    end
    if tokens < 1 then
      wait, gap = math.ceil((1 - tokens) * 1000 / rate), math.ceil(1000 / rate)
    end
  end
  -- Those who wait queue up behind each other, up to five minutes: else all of a large host would come back at once.
  local at
  if wait then
    at = math.max(now + wait, math.min(tonumber(bucket[4] or 0) + gap, now + 300000))
    redis.call('HSET', KEYS[4], 'queue', at)
  else
    if most > 0 then busy = busy + 1 end
    if tokens then
      redis.call('HSET', KEYS[4], 'tokens', string.format('%.4f', tokens - 1), 'at', now, 'busy', busy)
    else
      redis.call('HSET', KEYS[4], 'busy', busy)
    end
  end
  local life = lease + 60000
  if rate > 0 then life = math.max(life, math.ceil(1000 / rate) + 60000) end
  if redis.call('PTTL', KEYS[4]) < life then redis.call('PEXPIRE', KEYS[4], life) end
  if at then
    redis.call('HSET', KEYS[1], 'nx', at)
    redis.call('ZADD', KEYS[2], at, job_id)
    return {'postponed', now, at}
  end
end

local att, ends = tonumber(job[2] or 0) + 1, now + lease
local until_text = string.format('%d', ends)
redis.call('HSET', KEYS[1], 'st', 'leased', 'att', string.format('%d', att), 'tok', ARGV[2], 'wk', ARGV[3],
           'lt', until_text, 'bz', most > 0 and '1' or '0')
if job[4] then redis.call('HDEL', KEYS[1], 'nx') end
redis.call('ZADD', KEYS[2], until_text, job_id)
if in_run then redis.call('HINCRBY', KEYS[6], 'leased', '1') end
return {'claimed', now, ends, att, tonumber(job[3] or 0), job[5] or ''}
