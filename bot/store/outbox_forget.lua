-- Removes everything that the outbox holds for one reader, who is no reader any more, whichever way it goes.
--
-- KEYS  deliveries, parked and dead of the other ways, from 11 on
-- Gives how many keys and fields that were.
local ways = {{DELIVERIES, PARKED, DEAD}}
for place = 11, #KEYS, 3 do
  ours({'hash', 'zset', 'hash'}, place - 1)
  table.insert(ways, {KEYS[place], KEYS[place + 1], KEYS[place + 2]})
end
local gone = 0
local told = redis.call('HGETALL', LEDGER)
for place = 1, #told, 2 do
  local row = row_of(told[place + 1])
  for _, way in ipairs(ways) do
    if row then
      gone = gone + redis.call('HDEL', way[1], row.ticket)
      redis.call('ZREM', way[2], row.ticket)
    end
    gone = gone + redis.call('HDEL', way[3], told[place])
  end
end
return gone + redis.call('DEL', LEDGER)
