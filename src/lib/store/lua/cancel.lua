-- ready | leased -> cancelled.
-- KEYS 1 job  2 pend  3 asset  4 bucket of the host  5 dead  6 kept  7 counters of the run
-- ARGV 1 job id  2 '1' if of a run
-- answers 'cancelled' | 'already_ended' | 'gone'
--@include now
--@include job_end
local job = redis.call('HMGET', KEYS[1], 'st', 'bz')
if job[1] ~= 'ready' and job[1] ~= 'leased' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return job[1] and 'already_ended' or 'gone'
end
if job[1] == 'leased' then unlease(job[2]) end
end_job('cancelled', 'err', 'cancelled on request')
return 'cancelled'
