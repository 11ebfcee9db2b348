-- How many fields each of many hashes has; a key of another type has none.
--
-- KEYS  the hashes
local sizes = {}
for place, key in ipairs(KEYS) do
  local size = redis.pcall('HLEN', key)
  sizes[place] = type(size) == 'number' and size or 0
end
return sizes
