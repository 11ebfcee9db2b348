-- Changes the subscription of a reader, unless somebody else did, or the reader is none (any more).
--
-- KEYS  subscriptions, readers
-- ARGV  user; the subscription as it was read, "" for none; the new one
-- Gives 1 when it is changed, 0 where there is no such reader, 2 where it is not as it was read.
for place, kind in ipairs({'hash', 'set'}) do
  local found = redis.call('TYPE', KEYS[place]).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', KEYS[place]) end -- not ours, of no use to anybody
end
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if stored == ARGV[3] then return 1 end
if (stored or '') ~= ARGV[2] then return 2 end
if not stored and redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
