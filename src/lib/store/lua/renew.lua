-- Extends a lease of ours.
-- KEYS 1 job  2 pend  3 bucket of the host
-- ARGV 1 job id  2 token  3 lease ms
-- answers 1, or 0 if it is not ours any more
--@include now
local job = redis.call('HMGET', KEYS[1], 'st', 'tok', 'lt', 'bz')
if job[1] ~= 'leased' or job[2] ~= ARGV[2] then return 0 end
local ends = math.max(now_ms() + ARGV[3], tonumber(job[3]))
redis.call('HSET', KEYS[1], 'lt', ends)
redis.call('ZADD', KEYS[2], 'XX', 'GT', ends, ARGV[1])
-- The host's count must outlive the lease that it counts.
local life = ARGV[3] + 60000
local left = job[4] == '1' and redis.call('PTTL', KEYS[3]) or -2
if left >= 0 and left < life then redis.call('PEXPIRE', KEYS[3], life) end
return 1
