-- Claims papers that are to be sent to a reader; each has one who claimed it first.
--
-- KEYS  sent
-- ARGV  claim, which is this call's own; then the ids
-- Gives the ids that are claimed by this call.
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local claimed = {}
for place = 2, #ARGV do
  local new = redis.call('HSETNX', KEYS[1], ARGV[place], ARGV[1])
  if new == 1 or redis.call('HGET', KEYS[1], ARGV[place]) == ARGV[1] then table.insert(claimed, ARGV[place]) end
end
return claimed
