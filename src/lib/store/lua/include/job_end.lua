-- Shared by the job scripts, whose KEYS all begin with
--   1 job  2 pend  3 asset  4 bucket of the host, and for a job of a run  5 kept  6 counters of the run
-- and whose ARGV begin with
--   1 '1' if the job belongs to a run
-- Redis makes text of a number with '%.17g', which costs it more than most commands: what is passed on is text.
local in_run, job_id = ARGV[1] == '1', string.sub(KEYS[1], -36)
local next_key = in_run and 7 or 5  -- where the script's own keys begin

-- Gives back what a lease holds: the host's slot, if it has one (`bz` is '1'), and its count in the run.
local function unlease(bz)
  if bz == '1' and redis.call('EXISTS', KEYS[4]) == 1 and
     redis.call('HINCRBY', KEYS[4], 'busy', '-1') < 0 then
    redis.call('HSET', KEYS[4], 'busy', '0')
  end
  if in_run then redis.call('HINCRBY', KEYS[6], 'leased', '-1') end
end

-- done | dead | cancelled. `field`, `value`: one more field of the record. A job of no run is deleted, unless dead:
-- then the script's next key is the list of the dead.
local function end_job(state, field, value)
  redis.call('ZREM', KEYS[2], job_id)
  if in_run then redis.call('HINCRBY', KEYS[6], state, '1') end
  if state ~= 'dead' and not in_run then
    redis.call('DEL', KEYS[1])
    return
  end
  local now = string.format('%d', now_ms())
  redis.call('HSET', KEYS[1], 'st', state, 'et', now, field, value)
  redis.call('HDEL', KEYS[1], 'tok', 'lt', 'nx', 'bz')
  if state == 'dead' then
    redis.call('PEXPIRE', KEYS[1], '2592000000')  -- 30 days
    redis.call('ZADD', KEYS[next_key], now, job_id)
    redis.call('ZREMRANGEBYRANK', KEYS[next_key], '0', '-10001')
  else
    redis.call('ZADD', KEYS[5], now, job_id)
  end
end
