-- Notes that Redis has been started anew: promised snapshots that never came are lost, numbering goes on above them.
-- KEYS 1 snap
-- ARGV 1 run_id of Redis now  2 `boot` as read  3 epoch that what was loaded holds  4 how many numbers to skip
--      5 list of lost ranges, this one included
-- answers the epoch that numbering goes on after
local snap = redis.call('HMGET', KEYS[1], 'boot', 'epoch')
if (snap[1] or '') == ARGV[2] and snap[1] ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'boot', ARGV[1], 'epoch', ARGV[3] + ARGV[4], 'durable', ARGV[3], 'lost', ARGV[5])
end
return tonumber(redis.call('HGET', KEYS[1], 'epoch'))
