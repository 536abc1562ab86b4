-- Removes a group.
-- KEYS 1 groups
-- ARGV 1 tag  2 version expected; '': whatever there is
-- answers {'removed', version} | {'stale', version} | {'missing', 0}
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return {'missing', 0} end
local version = string.match(stored, '^%d+') or '0'
if ARGV[2] ~= '' and ARGV[2] ~= version then return {'stale', tonumber(version)} end
redis.call('HDEL', KEYS[1], ARGV[1])
return {'removed', redis.call('HINCRBY', KEYS[1], ':version', 1)}
