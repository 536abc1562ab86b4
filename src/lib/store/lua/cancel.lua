-- ready | leased -> cancelled.
-- KEYS 1 job  2 pend  3 asset  4 bucket of the host, and for a job of a run  5 kept  6 counters of the run
-- ARGV 1 '1' if of a run
-- answers 'cancelled' | 'already_ended' | 'gone'
--@include now
--@include job_end
local job = redis.call('HMGET', KEYS[1], 'st', 'bz')
if job[1] ~= 'ready' and job[1] ~= 'leased' then
  redis.call('ZREM', KEYS[2], job_id)
  return job[1] and 'already_ended' or 'gone'
end
if job[1] == 'leased' then unlease(job[2]) end
end_job('cancelled', 'err', 'cancelled on request')
return 'cancelled'
