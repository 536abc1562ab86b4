-- Brings a removed asset back, unless another one has its URL by now.
-- KEYS 1 asset  2 removed asset  3 urls  4 trash  5 assets  6 next  7 set of its state  8.. sets of its tags
-- ARGV 1 asset id  2 url  3 version of the document that the tags and the url were read from  4 state
-- answers {'updated', version} | {'stale', version} | {'missing', 0} | {'url_taken', version, id}
--@include now
local asset = redis.call('HMGET', KEYS[2], 'ver', 'rev')
if not asset[1] then return {'missing', 0} end
local version = tonumber(asset[1])
if asset[1] ~= ARGV[3] then return {'stale', version} end
local other = redis.call('HGET', KEYS[3], ARGV[2])
if other then return {'url_taken', version, other} end
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('HDEL', KEYS[1], 'removed', 'sj')
redis.call('HSET', KEYS[1], 'rev', asset[2] + 1)  -- what was read before the removal is stale
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[5], 0, ARGV[1])
if ARGV[4] ~= 'paused' then redis.call('ZADD', KEYS[6], string.format('%d', now_ms()), ARGV[1]) end
for i = 7, #KEYS do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
return {'updated', version}
