-- A dead delivery is queued again, with all its tries; where it may have been sent, that is looked up first.
--
-- ARGV  7 the delivery (JSON), 8 when it was queued (ms)
-- Gives 1, or 0 where no such delivery is dead.
local row = stored_row()
if row and row.ticket == TICKET then return 1 end
if redis.call('HDEL', DEAD, ID) == 0 then return 0 end
-- of what the ledger knows no more, nobody knows whether it was sent
local since = row and row.since or not row and tonumber(ARGV[8]) or 0
row = new_row(TICKET)
if since > 0 then row.state, row.since, row.at, row.mark = 'ambiguous', since, 0, 'r' end
put(ID, row)
queue(TICKET, ARGV[7])
return 1
