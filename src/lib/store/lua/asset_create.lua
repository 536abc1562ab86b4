-- Creates an asset, unless its URL is known.
-- KEYS 1 asset  2 urls  3 next  4 assets  5 set of its state  6.. sets of its tags
-- ARGV 1 asset id  2 url  3 document  4 version  5 state  6 `sc`, for the scheduler
-- answers {1, id} if created, {0, id of the asset that has the URL} if not
--@include now
local known = redis.call('HGET', KEYS[2], ARGV[2])
if known then return {0, known} end
if redis.call('EXISTS', KEYS[1]) == 1 then return {0, ARGV[1]} end
redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'ver', ARGV[4], 'rev', 1, 'n', 0, 'state', ARGV[5], 'obs', 0, 'hl', 0,
           'sc', ARGV[6])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
-- The first check comes at once.
if ARGV[5] ~= 'paused' then redis.call('ZADD', KEYS[3], string.format('%d', now_ms()), ARGV[1]) end
for i = 4, #KEYS do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
return {1, ARGV[1]}
