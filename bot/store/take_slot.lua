-- Takes the digest of one local day for a reader, once.
--
-- KEYS  slots
-- ARGV  user; day; token of this call; a later day that no clock can have meant
-- Gives 1 when it is taken by this call, 0 when this day or a later one was taken before.
local stored = redis.pcall('HGET', KEYS[1], ARGV[1])
if type(stored) == 'table' then -- the key holds another type: not ours, of no use to anybody
  redis.call('DEL', KEYS[1])
  stored = false
end
local day, token = string.match(stored or '', '^(%d%d%d%d%-%d%d%-%d%d) (%x+) ')
if day and day < ARGV[4] then
  if day == ARGV[2] and token == ARGV[3] then return 1 end
  if day >= ARGV[2] then return 0 end
else
  day = nil
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. (day or '-'))
return 1
