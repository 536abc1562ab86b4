-- Extends a lease of ours.
-- KEYS 1 job  2 pend  3 bucket of the host
-- ARGV 1 token  2 lease ms
-- answers 1, or 0 if it is not ours any more
--@include now
local job = redis.call('HMGET', KEYS[1], 'st', 'tok', 'lt', 'bz')
if job[1] ~= 'leased' or job[2] ~= ARGV[1] then return 0 end
local ends = math.max(now_ms() + ARGV[2], tonumber(job[3]))
redis.call('HSET', KEYS[1], 'lt', ends)
redis.call('ZADD', KEYS[2], 'XX', 'GT', ends, string.sub(KEYS[1], -36))
-- The host's count must outlive the lease that it counts.
local life = ARGV[2] + 60000
local left = job[4] == '1' and redis.call('PTTL', KEYS[3]) or -2
if left >= 0 and left < life then redis.call('PEXPIRE', KEYS[3], life) end
return 1
