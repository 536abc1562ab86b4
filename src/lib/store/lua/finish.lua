-- Commits one observation and ends its job: all or nothing.
-- KEYS 1 job  2 pend  3 asset  4 bucket of the host, for a job of a run  5 kept  6 counters of the run, and then those
--      of what there is to write: history (if there is a row); old history (if a new ring begins); model, staged model;
--      report, staged report; set of the old state, set of the new state (if they differ); outbox (if it is told)
-- ARGV 1 '1' if of a run  2 token  3 rev  4 old state  5 new state  6 observed ms  7 layout of the ring
--      8 what is staged: 'm' the model, 'r' the report, 'mr' both, ''
--      and if there is a row  9 offset of the row  10 row, and if a new ring begins  11 its header  12 its bytes
-- answers 'done' | 'fenced' | 'stale' | 'cancelled', or an error if a staged blob is missing (nothing is changed)
--@include now
--@include job_end
local job = redis.call('HMGET', KEYS[1], 'st', 'tok', 'bz')
if job[1] ~= 'leased' or job[2] ~= ARGV[2] then return 'fenced' end
local asset = redis.call('HMGET', KEYS[3], 'rev', 'n', 'state', 'obs')
if not asset[1] then
  unlease(job[3])
  end_job('cancelled', 'err', 'the asset was removed')
  return 'cancelled'
end
if asset[1] ~= ARGV[3] or asset[3] ~= ARGV[4] then return 'stale' end

local at, row, header, staged = next_key, ARGV[10], ARGV[11], ARGV[8]
local ring = at
if row then at = at + (header and 2 or 1) end

-- PERSIST is both the look whether a blob was staged and the end of its expiry, which RENAME would carry along.
local blobs, is_missing = staged == 'mr' and 2 or staged == '' and 0 or 1, false
for i = 1, blobs do is_missing = redis.call('PERSIST', KEYS[at + 2 * i - 1]) == 0 or is_missing end
if is_missing then
  for i = 1, blobs do redis.call('PEXPIRE', KEYS[at + 2 * i - 1], '60000') end
  return redis.error_reply('STAGING a staged blob is missing; stage it again')
end
for i = 1, blobs do
  redis.call('RENAME', KEYS[at + 1], KEYS[at])
  at = at + 2
end

if row then
  if header then
    if redis.call('EXISTS', KEYS[ring]) == 1 then redis.call('RENAME', KEYS[ring], KEYS[ring + 1]) end
    redis.call('SETRANGE', KEYS[ring], ARGV[12] - 1, '\0')  -- last byte first: the ring gets its size at once
    redis.call('SETRANGE', KEYS[ring], '0', header)
  end
  redis.call('SETRANGE', KEYS[ring], ARGV[9], row)
end

local observed = ARGV[6]
if tonumber(observed) < tonumber(asset[4] or 0) then observed = asset[4] end
redis.call('HSET', KEYS[3], 'rev', string.format('%d', asset[1] + 1), 'n', string.format('%d', asset[2] + 1),
           'state', ARGV[5], 'obs', observed, 'hl', ARGV[7])
if ARGV[4] ~= ARGV[5] then
  local asset_id = string.sub(KEYS[3], -36)
  redis.call('ZREM', KEYS[at], asset_id)
  redis.call('ZADD', KEYS[at + 1], '0', asset_id)
  at = at + 2
end
if KEYS[at] then  -- docs/redis.md, "Events"; without a dispatcher the oldest are dropped
  local told = string.sub(KEYS[3], -36) .. ' ' .. job_id .. ' ' .. (in_run and string.sub(KEYS[6], -36) or '-') ..
               ' ' .. ARGV[5] .. ' ' .. ARGV[4] .. ' ' .. ARGV[6]
  if redis.call('RPUSH', KEYS[at], told) > 10000 then redis.call('LPOP', KEYS[at]) end
end
unlease(job[3])
if in_run then redis.call('HINCRBY', KEYS[6], 's:' .. ARGV[5], '1') end
end_job('done', 'out', ARGV[5])
return 'done'
