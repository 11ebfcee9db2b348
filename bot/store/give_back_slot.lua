-- Gives back a day that was taken and for which nothing could be sent; the day before it counts again.
--
-- KEYS  slots
-- ARGV  user, day
local stored = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(stored) ~= 'string' then return 0 end
local day, former = string.match(stored, '^(%S+) %x+ (%S+)$')
if day ~= ARGV[2] then return 0 end
if former == '-' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], former .. ' 0 -')
end
return 1
