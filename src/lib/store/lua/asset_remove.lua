-- Removes an asset with all that was learned about it.
-- KEYS 1 asset  2 urls  3 model  4 report  5 history  6 old history  7 assets  8 next
--      9.. sets of its tags and every state
-- ARGV 1 asset id  2 url  3 version of the document that the tags and the url were read from
-- answers {'updated', version} | {'stale', version} | {'missing', 0}
local version = redis.call('HGET', KEYS[1], 'ver')
if not version then return {'missing', 0} end
if version ~= ARGV[3] then return {'stale', tonumber(version)} end
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[2], ARGV[2]) end
for i = 7, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
redis.call('DEL', KEYS[1], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
return {'updated', tonumber(version)}
