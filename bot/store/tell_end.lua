-- Keeps how a reader's day ended, unless the reader is forgotten.
--
-- KEYS  ends, readers, subscriptions
-- ARGV  user; how it ended (JSON)
-- Gives 1 when it is kept, 0 when not.
-- a key of another type is not ours, and forgets nobody
if redis.pcall('SISMEMBER', KEYS[2], ARGV[1]) == 0 and redis.pcall('HEXISTS', KEYS[3], ARGV[1]) == 0 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
