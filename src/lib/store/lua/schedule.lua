-- Makes the jobs of assets whose next check is due, and moves their times on. All of one partition.
-- KEYS 1 pend  2 next, then per asset: asset, job
-- ARGV 1 ms until the due scan may pick the jobs up, then per asset: its time as read, its time hereafter, host,
--      the job made for it before or ''
-- answers a word per asset:
--      'created'
--      'moved'     its time is another one now: a leader or a user was faster; nothing has changed
--      'busy'      the job made before has not ended: only the time moves on
--      'no_asset'  it was removed; its time is taken out
--@include now
local now = now_ms()
local created, due = string.format('%d', now), string.format('%d', now + ARGV[1])
local answers = {}
for i = 1, (#ARGV - 1) / 4 do
  local a, at = 2 * i + 1, 4 * i - 2
  local id, before = string.sub(KEYS[a], -36), ARGV[at + 3]
  local score = redis.call('ZSCORE', KEYS[2], id)
  local answer = 'created'
  if not score or tonumber(score) ~= tonumber(ARGV[at]) then
    answer = 'moved'
  elseif redis.call('EXISTS', KEYS[a]) == 0 then
    redis.call('ZREM', KEYS[2], id)
    answer = 'no_asset'
  else
    redis.call('ZADD', KEYS[2], ARGV[at + 1], id)
    if before ~= '' and redis.call('ZSCORE', KEYS[1], before) then
      answer = 'busy'
    else
      local job_id = string.sub(KEYS[a + 1], -36)
      redis.call('HSET', KEYS[a + 1], 'st', 'ready', 'aid', id, 'host', ARGV[at + 2], 'ct', created)
      redis.call('ZADD', KEYS[1], due, job_id)
      redis.call('HSET', KEYS[a], 'sj', job_id)
    end
  end
  answers[i] = answer
end
return answers
