-- Removes everything that the outbox holds for one reader, who is no reader any more.
--
-- Gives how many keys and fields that were.
local gone = 0
local told = redis.call('HGETALL', LEDGER)
for place = 1, #told, 2 do
  local row = row_of(told[place + 1])
  if row then
    gone = gone + redis.call('HDEL', DELIVERIES, row.ticket)
    redis.call('ZREM', PARKED, row.ticket)
  end
  gone = gone + redis.call('HDEL', DEAD, told[place])
end
return gone + redis.call('DEL', LEDGER)
