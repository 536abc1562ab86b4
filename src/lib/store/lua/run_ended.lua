-- Notes when a run was first seen ended, if its header is still there: a restart of Redis may have taken it away.
-- KEYS 1 header of the run
-- ARGV 1 now
-- answers 1 if noted now, else 0
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSETNX', KEYS[1], 'ended', ARGV[1])
