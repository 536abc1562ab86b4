-- Deletes ended jobs of runs. Dead ones stay for their 30 days; one that has not ended stops the work.
-- KEYS 1 kept  2 job list of the run  3.. jobs
-- ARGV 1 'run': the jobs are the first of the list, which is shortened; 'kept': the list is left alone  2.. job ids
-- answers how many ids are left in the list ('run') or in kept ('kept')
local of_run = ARGV[1] == 'run'
local first = of_run and redis.call('LRANGE', KEYS[2], 0, #ARGV - 2) or nil
local done = 0
for i = 2, #ARGV do
  if of_run and first[i - 1] ~= ARGV[i] then break end  -- somebody else was faster
  local st = redis.call('HGET', KEYS[i + 1], 'st')
  if st == 'ready' or st == 'leased' then break end
  if st and st ~= 'dead' then redis.call('DEL', KEYS[i + 1]) end
  redis.call('ZREM', KEYS[1], ARGV[i])
  done = done + 1
end
if not of_run then return redis.call('ZCARD', KEYS[1]) end
if done > 0 then redis.call('LTRIM', KEYS[2], done, -1) end
return redis.call('LLEN', KEYS[2])
