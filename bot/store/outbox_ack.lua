-- Nothing is left to do for a delivery that was sent, is dead, or is gone.
local row = stored_row()
if row and row.ticket == TICKET and LIVE[row.state] then
  used_up()
  leave(1000)
  return 0
end
redis.call('HDEL', DELIVERIES, TICKET)
redis.call('ZREM', PARKED, TICKET)
used_up()
return 1
