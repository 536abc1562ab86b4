-- Says which schema this Redis holds; writes ours if it says nothing yet.
-- KEYS 1 meta
-- ARGV 1 schema  2 oldest build that may read it  3 partitions
-- answers {schema, min_reader, partitions} as texts
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'schema', ARGV[1], 'min_reader', ARGV[2], 'partitions', ARGV[3])
end
return redis.call('HMGET', KEYS[1], 'schema', 'min_reader', 'partitions')
