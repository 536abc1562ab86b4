-- Creates or replaces a group.
-- KEYS 1 groups
-- ARGV 1 tag  2 document  3 version expected; 0: there must be none; '': whatever there is  4 how many groups there may be
-- answers {'created' | 'replaced', version} | {'stale', version or 0} | {'full', 0}
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local version = stored and string.match(stored, '^%d+') or '0'
if ARGV[3] ~= '' and ARGV[3] ~= version then return {'stale', tonumber(version)} end
-- One field is the counter.
if not stored and redis.call('HLEN', KEYS[1]) > tonumber(ARGV[4]) then return {'full', 0} end
local next = redis.call('HINCRBY', KEYS[1], ':version', 1)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', next) .. ' ' .. ARGV[2])
return {stored and 'replaced' or 'created', next}
