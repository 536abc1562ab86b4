-- Repairs the times of assets of one partition, where nothing has changed since they were read.
-- KEYS 1 next, then the assets
-- ARGV 1 time of the first asset as read or ''  2 its `sc` as read or ''  3 the time it gets or '' for none
--      4 the `sc` it gets, then the same of each other asset
-- answers per asset 1 if its time was changed, else 0
local answers = {}
for i = 1, #KEYS - 1 do
  local at = 4 * i - 3
  local id, after, changed = string.sub(KEYS[i + 1], -36), ARGV[at + 2], 0
  local score = redis.call('ZSCORE', KEYS[1], id) or ''
  if tonumber(score) == tonumber(ARGV[at]) then
    local is_there = redis.call('EXISTS', KEYS[i + 1]) == 1
    if not is_there or (redis.call('HGET', KEYS[i + 1], 'sc') or '') == ARGV[at + 1] then
      if is_there and ARGV[at + 1] ~= ARGV[at + 3] then redis.call('HSET', KEYS[i + 1], 'sc', ARGV[at + 3]) end
      if is_there and after ~= '' then
        redis.call('ZADD', KEYS[1], after, id)
        changed = 1
      else
        changed = redis.call('ZREM', KEYS[1], id)
      end
    end
  end
  answers[i] = changed
end
return answers
