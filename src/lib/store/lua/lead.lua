-- Takes the leader's lease if nobody has it, or renews it if we have it.
-- KEYS 1 leader
-- ARGV 1 token  2 term ms
-- answers 1 if it is ours now, else 0
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  -- Longer than a term: Redis' clock was set back. Of a leader that lives the term is renewed before this one ends.
  if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
