-- Moves a job whose next action is due.
-- KEYS 1 job  2 pend  3 asset  4 bucket of the host, for a job of a run  5 kept  6 counters of the run, and last dead
-- ARGV 1 '1' if of a run  2 redispatch ms  3 most attempts  4 most kills  5 most backoff ms  6 jitter 0..1000
-- answers 'dispatch' | 'not_yet' | 'retried' | 'dead' | 'cancelled' | 'gone'
--@include now
--@include job_end
--@include job_retry
local now = now_ms()
local job = redis.call('HMGET', KEYS[1], 'st', 'att', 'kills', 'lt', 'bz')
local st = job[1]
if st ~= 'ready' and st ~= 'leased' then
  redis.call('ZREM', KEYS[2], job_id)
  return 'gone'
end
local leased_until = tonumber(job[4] or 0)
if st == 'leased' and leased_until > now then
  redis.call('ZADD', KEYS[2], leased_until, job_id)
  return 'not_yet'
end
local score = redis.call('ZSCORE', KEYS[2], job_id)
if score and tonumber(score) > now then return 'not_yet' end
if st == 'leased' then unlease(job[5]) end
if redis.call('EXISTS', KEYS[3]) == 0 then
  end_job('cancelled', 'err', 'the asset was removed')
  return 'cancelled'
end
if st == 'ready' then
  redis.call('ZADD', KEYS[2], now + ARGV[2], job_id)
  return 'dispatch'
end
local att, kills = tonumber(job[2] or 0), tonumber(job[3] or 0) + 1
local err = 'the lease expired'
if kills >= tonumber(ARGV[4]) or att >= tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'kills', kills)
  end_job('dead', 'err', err)
  return 'dead'
end
make_ready(now + backoff(att, tonumber(ARGV[5]), tonumber(ARGV[6])), att, kills, err)
return 'retried'
