-- A try that has the delivery is about to post it, from now on.
--
-- Gives 1 where it still has it, 0 where it has not.
local row = stored_row()
if not (row and row.ticket == TICKET and TRYING[row.state] and row.attempt == ATTEMPT) then return 0 end
row.state, row.at, row.mark = 'sending', NOW, '-'
put(ID, row)
return 1
