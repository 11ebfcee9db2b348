-- Notes which papers one message shows, over what was noted of it before.
--
-- KEYS  messages
-- ARGV  ts; ts and paper ids; the score below which messages are too old, as ZREMRANGEBYSCORE takes it; seconds to live
local found = redis.call('TYPE', KEYS[1]).ok
if found ~= 'zset' and found ~= 'none' then redis.call('DEL', KEYS[1]) end -- not ours, of no use to anybody
redis.call('ZREMRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
