-- Gives a lease back before its end.
-- KEYS 1 job  2 pend  3 asset  4 bucket of the host, for a job of a run  5 kept  6 counters of the run, and last dead
-- ARGV 1 '1' if of a run  2 token  3 'give_back' | 'retry' | 'blame' | 'crash'  4 plugin  5 error
--      6 most attempts  7 most kills  8 most backoff ms  9 jitter 0..1000
-- answers 'ready' | 'dead' | 'fenced'
--@include now
--@include job_end
--@include job_retry
local job = redis.call('HMGET', KEYS[1], 'st', 'tok', 'att', 'kills', 'bz', 'off')
if job[1] ~= 'leased' or job[2] ~= ARGV[2] then return 'fenced' end
local now, how, err = now_ms(), ARGV[3], ARGV[5]
local att, kills, off = tonumber(job[3] or 0), tonumber(job[4] or 0), job[6] or ''
unlease(job[5])

if how == 'blame' then
  -- A plugin that was off cannot have crashed: then it was something else.
  if string.find(',' .. off .. ',', ',' .. ARGV[4] .. ',', 1, true) then
    how = 'crash'
  else
    off = off == '' and ARGV[4] or off .. ',' .. ARGV[4]
    redis.call('HSET', KEYS[1], 'off', off)
  end
end
if how == 'give_back' or how == 'blame' then
  make_ready(now, math.max(att - 1, 0), kills, err)
  return 'ready'
end
if how == 'crash' then kills = kills + 1 end
if kills >= tonumber(ARGV[7]) or att >= tonumber(ARGV[6]) then
  redis.call('HSET', KEYS[1], 'kills', kills)
  end_job('dead', 'err', err)
  return 'dead'
end
make_ready(now + backoff(att, tonumber(ARGV[8]), tonumber(ARGV[9])), att, kills, err)
return 'ready'
