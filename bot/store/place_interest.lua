-- Gives the place of one interest's vector among those of its shard; an interest keeps its place.
--
-- KEYS  places, counter
-- ARGV  field
local place = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or nil)
if not place then
  place = redis.call('INCR', KEYS[2])
  redis.call('HSET', KEYS[1], ARGV[1], place)
end
return place
