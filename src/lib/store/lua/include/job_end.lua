-- Shared by the job scripts, whose KEYS all begin with
--   1 job  2 pend  3 asset  4 bucket of the host  5 dead  6 kept  7 counters of the run
-- and whose ARGV begin with
--   1 job id  2 '1' if the job belongs to a run (else KEYS 7 is never touched)
local in_run = ARGV[2] == '1'

-- Gives back what a lease holds: the host's slot, if it has one (`bz` is '1'), and its count in the run.
local function unlease(bz)
  if bz == '1' and redis.call('EXISTS', KEYS[4]) == 1 and
     redis.call('HINCRBY', KEYS[4], 'busy', -1) < 0 then
    redis.call('HSET', KEYS[4], 'busy', 0)
  end
  if in_run then redis.call('HINCRBY', KEYS[7], 'leased', -1) end
end

-- done | dead | cancelled. `field`, `value`: one more field of the record. A job of no run is deleted, unless dead.
local function end_job(state, field, value)
  redis.call('ZREM', KEYS[2], ARGV[1])
  if in_run then redis.call('HINCRBY', KEYS[7], state, 1) end
  if state ~= 'dead' and not in_run then
    redis.call('DEL', KEYS[1])
    return
  end
  local now = now_ms()
  redis.call('HSET', KEYS[1], 'st', state, 'et', now, field, value)
  redis.call('HDEL', KEYS[1], 'tok', 'lt', 'nx', 'bz')
  if state == 'dead' then
    redis.call('PEXPIRE', KEYS[1], 2592000000)  -- 30 days
    redis.call('ZADD', KEYS[5], now, ARGV[1])
    redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -10001)
  else
    redis.call('ZADD', KEYS[6], now, ARGV[1])
  end
end
