-- A try that has the delivery is about to post it, from now on.
--
-- ARGV  7 whether nobody can look for it
-- Gives 1 where it still has it, 0 where it has not.
local row = stored_row()
if not (row and row.ticket == TICKET and TRYING[row.state] and row.attempt == ATTEMPT) then return 0 end
row.state, row.at, row.mark = 'sending', NOW, ARGV[7] == '1' and row.since > 0 and 'a' or '-'
put(ID, row)
return 1
