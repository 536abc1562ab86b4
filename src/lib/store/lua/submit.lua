-- Records a job as ready.
-- KEYS 1 job  2 pend  3 asset, and for a job of a run  4 counters of the run  5 job list of the run
-- ARGV 1 asset id  2 host  3 ms until the due scan may pick it up, and for a job of a run  4 run id
-- answers 'created' | 'existed' | 'no_asset'
--@include now
-- One look at both: a key named twice counts twice.
local known = redis.call('EXISTS', KEYS[1], KEYS[3], KEYS[3])
if known < 2 then return 'no_asset' end
if known == 3 then return 'existed' end
local now, job_id, run = now_ms(), string.sub(KEYS[1], -36), ARGV[4]
local created = string.format('%d', now)
if run then
  redis.call('HSET', KEYS[1], 'st', 'ready', 'aid', ARGV[1], 'host', ARGV[2], 'ct', created, 'run', run)
  redis.call('HINCRBY', KEYS[4], 'total', '1')
  redis.call('RPUSH', KEYS[5], job_id)
else
  redis.call('HSET', KEYS[1], 'st', 'ready', 'aid', ARGV[1], 'host', ARGV[2], 'ct', created)
end
redis.call('ZADD', KEYS[2], string.format('%d', now + ARGV[3]), job_id)
return 'created'
