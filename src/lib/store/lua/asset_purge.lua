-- Deletes a removed asset with all that was learned about it, if it was removed by then.
-- KEYS 1 removed asset  2 trash  3 model  4 report  5 history  6 old history
-- ARGV 1 asset id  2 ms: removed at this time or before
-- answers 1 if it is gone now, 0 if it was removed later or was not there
local removed = redis.call('HGET', KEYS[1], 'removed')
if removed and tonumber(removed) > tonumber(ARGV[2]) then return 0 end
local known = redis.call('ZREM', KEYS[2], ARGV[1])
if not removed then return 0 end  -- it was restored: its blobs are alive
redis.call('DEL', KEYS[1], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
return known
