-- Commits one observation and ends its job: all or nothing.
-- KEYS 1 job  2 pend  3 asset  4 bucket of the host  5 dead  6 kept  7 counters of the run
--      8 model  9 staged model  10 report  11 staged report  12 history  13 old history  14 set of the old state
--      15 set of the new state
-- ARGV 1 job id  2 '1' if of a run  3 token  4 rev  5 asset id  6 old state  7 new state  8 observed ms
--      9 '1' if a model is staged  10 '1' if a report is staged
--      11 offset of the row  12 row  13 header of a new ring or ''  14 bytes of the ring  15 layout of the ring
-- answers 'done' | 'fenced' | 'stale' | 'cancelled', or an error if a staged blob is missing (nothing is changed)
--@include now
--@include job_end
local job = redis.call('HMGET', KEYS[1], 'st', 'tok', 'bz')
if job[1] ~= 'leased' or job[2] ~= ARGV[3] then return 'fenced' end
local asset = redis.call('HMGET', KEYS[3], 'rev', 'n', 'state', 'obs')
if not asset[1] then
  unlease(job[3])
  end_job('cancelled', 'err', 'the asset was removed')
  return 'cancelled'
end
if asset[1] ~= ARGV[4] or asset[3] ~= ARGV[6] then return 'stale' end

-- PERSIST is both the look whether a blob was staged and the end of its expiry, which RENAME would carry along.
local has_model, has_report = ARGV[9] == '1', ARGV[10] == '1'
local missing = has_model and redis.call('PERSIST', KEYS[9]) == 0
missing = (has_report and redis.call('PERSIST', KEYS[11]) == 0) or missing
if missing then
  redis.call('PEXPIRE', KEYS[9], 60000)
  redis.call('PEXPIRE', KEYS[11], 60000)
  return redis.error_reply('STAGING a staged blob is missing; stage it again')
end
if has_model then redis.call('RENAME', KEYS[9], KEYS[8]) end
if has_report then redis.call('RENAME', KEYS[11], KEYS[10]) end

if ARGV[12] ~= '' then
  if ARGV[13] ~= '' then
    if redis.call('EXISTS', KEYS[12]) == 1 then redis.call('RENAME', KEYS[12], KEYS[13]) end
    redis.call('SETRANGE', KEYS[12], ARGV[14] - 1, '\0')  -- last byte first: the ring gets its size at once
    redis.call('SETRANGE', KEYS[12], 0, ARGV[13])
  end
  redis.call('SETRANGE', KEYS[12], ARGV[11], ARGV[12])
end

local observed = math.max(tonumber(ARGV[8]), tonumber(asset[4] or 0))
redis.call('HSET', KEYS[3], 'rev', asset[1] + 1, 'n', asset[2] + 1, 'state', ARGV[7], 'obs', observed,
           'hl', ARGV[15])
if ARGV[6] ~= ARGV[7] then
  redis.call('ZREM', KEYS[14], ARGV[5])
  redis.call('ZADD', KEYS[15], 0, ARGV[5])
end
unlease(job[3])
if in_run then redis.call('HINCRBY', KEYS[7], 's:' .. ARGV[7], 1) end
end_job('done', 'out', ARGV[7])
return 'done'
