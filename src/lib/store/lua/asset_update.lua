-- Replaces an asset's document, if nobody changed it in between.
-- KEYS 1 asset  2 urls  3 set of paused  4 set of unknown  5 next  6.. sets of the tags taken off, then of those put
--      on, then, if it is being paused, the set of every state
-- ARGV 1 asset id  2 version expected  3 document (it says version + 1)  4 url before  5 url after
--      6 'pause' | 'resume' | ''  7 tags taken off  8 tags put on  9 `sc`, for the scheduler
--      10 'now': its next check comes at once; 'if_none': only if it has no time; '': its time stays
-- answers {'updated', version} | {'stale', version} | {'missing', 0} | {'url_taken', version, id}
--@include now
local asset = redis.call('HMGET', KEYS[1], 'ver', 'rev', 'state')
if not asset[1] then return {'missing', 0} end
local version = tonumber(asset[1])
if asset[1] ~= ARGV[2] then return {'stale', version} end
if ARGV[4] ~= ARGV[5] then
  local other = redis.call('HGET', KEYS[2], ARGV[5])
  if other and other ~= ARGV[1] then return {'url_taken', version, other} end
  redis.call('HDEL', KEYS[2], ARGV[4])
  redis.call('HSET', KEYS[2], ARGV[5], ARGV[1])
end
local off, on = tonumber(ARGV[7]), tonumber(ARGV[8])
for i = 6, 5 + off do redis.call('ZREM', KEYS[i], ARGV[1]) end
for i = 6 + off, 5 + off + on do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
local state = asset[3]
if ARGV[6] == 'pause' and state ~= 'paused' then
  for i = 6 + off + on, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
  redis.call('ZADD', KEYS[3], 0, ARGV[1])
  state = 'paused'
elseif ARGV[6] == 'resume' and state == 'paused' then
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('ZADD', KEYS[4], 0, ARGV[1])
  state = 'unknown'
end
if ARGV[6] == 'pause' then redis.call('ZREM', KEYS[5], ARGV[1]) end
if ARGV[10] == 'now' then
  redis.call('ZADD', KEYS[5], string.format('%d', now_ms()), ARGV[1])
elseif ARGV[10] == 'if_none' then
  redis.call('ZADD', KEYS[5], 'NX', string.format('%d', now_ms()), ARGV[1])
end
redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'ver', version + 1, 'rev', asset[2] + 1, 'state', state, 'sc', ARGV[9])
return {'updated', version + 1}
