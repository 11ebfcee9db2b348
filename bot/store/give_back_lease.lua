-- Gives a lease back, if this token holds it.
--
-- KEYS  lease
-- ARGV  token
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' and string.match(held, '^%d+ (.+)$') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
