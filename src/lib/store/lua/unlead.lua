-- Gives the leader's lease back, if it is ours.
-- KEYS 1 leader
-- ARGV 1 token
-- answers 1 if it was ours, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
