-- Records a job as ready.
-- KEYS 1 job  2 pend  3 asset  4 counters of the run  5 job list of the run
-- ARGV 1 job id  2 asset id  3 run id or ''  4 host  5 ms until the due scan may pick it up
-- answers 'created' | 'existed' | 'no_asset'
--@include now
if redis.call('EXISTS', KEYS[3]) == 0 then return 'no_asset' end
if redis.call('EXISTS', KEYS[1]) == 1 then return 'existed' end
local now = now_ms()
redis.call('HSET', KEYS[1], 'st', 'ready', 'aid', ARGV[2], 'run', ARGV[3], 'host', ARGV[4],
           'att', 0, 'kills', 0, 'ct', now)
redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[1])
if ARGV[3] ~= '' then
  redis.call('HINCRBY', KEYS[4], 'total', 1)
  redis.call('RPUSH', KEYS[5], ARGV[1])
end
return 'created'
