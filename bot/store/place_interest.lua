-- Gives the place of one interest's vector among those of its shard; an interest keeps its place.
--
-- KEYS  places, counter
-- ARGV  field
local function number(text)
  return text and #text < 10 and string.match(text, '^%d+$') and tonumber(text)
end
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local place = number(redis.call('HGET', KEYS[1], ARGV[1]))
if not place then
  local counter = redis.pcall('GET', KEYS[2])
  if counter and not (type(counter) == 'string' and number(counter)) then -- it goes on from the largest place
    local largest = 0
    for _, other in ipairs(redis.call('HVALS', KEYS[1])) do largest = math.max(largest, number(other) or 0) end
    redis.call('SET', KEYS[2], string.format('%.0f', largest))
  end
  place = redis.call('INCR', KEYS[2])
  redis.call('HSET', KEYS[1], ARGV[1], place)
end
return place
