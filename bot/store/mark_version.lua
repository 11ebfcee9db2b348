-- Writes what form the store has, if this token holds the lease.
--
-- KEYS  lease, schema
-- ARGV  token; what to write
-- Gives 1, or 0 where somebody else may be at work by now.
local held = redis.pcall('GET', KEYS[1])
if type(held) ~= 'string' or string.match(held, '^%d+ (.+)$') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1
