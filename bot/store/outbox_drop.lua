-- Lets go of a dead delivery; the ledger remembers that it is dead, so that nobody queues it again.
--
-- Gives 1, or 0 where no such delivery is dead.
local row = stored_row()
if redis.call('HDEL', DEAD, ID) == 0 then return row and row.attempt == ATTEMPT and 1 or 0 end
if row then
  row.attempt = ATTEMPT
  put(ID, row)
end
return 1
