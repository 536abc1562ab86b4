-- leased -> ready, to be tried again at `at`. The lease has been given back before.
local function make_ready(at, att, kills, err)
  redis.call('HSET', KEYS[1], 'st', 'ready', 'att', att, 'kills', kills, 'nx', at, 'err', err)
  redis.call('HDEL', KEYS[1], 'tok', 'lt', 'bz')
  redis.call('ZADD', KEYS[2], at, job_id)
end

-- Milliseconds to wait after attempt n: 2^(n-1) s, at most `most`, +-20 % by jitter 0..1000.
local function backoff(n, most, jitter)
  local ms = math.min(most, 1000 * 2 ^ (math.max(n, 1) - 1))
  return math.floor(ms * (800 + 0.4 * jitter) / 1000)
end
