-- Takes an asset away, but keeps it and all that was learned about it, so that it can be restored.
-- KEYS 1 asset  2 removed asset  3 urls  4 trash  5 assets  6 next  7.. sets of its tags and every state
-- ARGV 1 asset id  2 url  3 version of the document that the tags and the url were read from
-- answers {'updated', version} | {'stale', version} | {'missing', 0}
--@include now
local version = redis.call('HGET', KEYS[1], 'ver')
if not version then return {'missing', 0} end
if version ~= ARGV[3] then return {'stale', tonumber(version)} end
local now = string.format('%d', now_ms())
if redis.call('HGET', KEYS[3], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[3], ARGV[2]) end
for i = 5, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
-- Its jobs find no asset and end as cancelled; a commit under way finds none either.
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], 'removed', now)
redis.call('ZADD', KEYS[4], now, ARGV[1])
return {'updated', tonumber(version)}
