-- A delivery is tried no more until the host says so; its papers stay claimed.
--
-- ARGV  7 the dead delivery (JSON) up to its tries, 8 and after them
local row = stored_row()
used_up()
if row and (row.ticket ~= TICKET or not LIVE[row.state]) then return 0 end
if row and TRYING[row.state] and row.attempt ~= ATTEMPT then
  leave(1000)
  return 0
end
if not row and redis.call('HEXISTS', DELIVERIES, TICKET) == 0 then return 0 end
row = row or new_row(TICKET)
redis.call('HDEL', DELIVERIES, TICKET)
redis.call('ZREM', PARKED, TICKET)
redis.call('HSET', DEAD, ID, ARGV[7] .. whole(row.tries) .. ARGV[8])
row.state, row.at, row.attempt = 'dead', NOW, ATTEMPT
put(ID, row)
return 1
