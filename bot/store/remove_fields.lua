-- Removes fields of a hash; the same call again removes nothing and gives the same answer.
--
-- KEYS  receipt of this call; the hash
-- ARGV  seconds the receipt lives; then the name of each field
-- Gives the number of fields that were there.
local receipt = redis.call('GET', KEYS[1])
if receipt then return tonumber(receipt) end
local gone = 0
for place = 2, #ARGV do
  local removed = redis.pcall('HDEL', KEYS[2], ARGV[place])
  if type(removed) ~= 'table' then gone = gone + removed end -- a key of another type holds none of them
end
redis.call('SET', KEYS[1], gone, 'EX', ARGV[1])
return gone
