-- A try ended and there will be another one; a try that has lost the delivery to another changes nothing.
--
-- ARGV  7 milliseconds until then; 8 whether nobody knows if it was sent; 9 whether this try does not count
local row = stored_row()
-- First what takes no room: a full server then lets the script go on.
used_up()
if row and row.ticket == TICKET and TRYING[row.state] and row.attempt == ATTEMPT then
  if ARGV[9] == '1' then row.tries = math.max(0, row.tries - 1) end
  if ARGV[8] ~= '1' then
    row.state = 'queued'
  else
    -- the attempt that is looked for is over already
    if row.state == 'looking' then row.at = row.since end
    row.state = 'ambiguous'
  end
  put(ID, row)
  redis.call('ZADD', PARKED, whole(NOW + tonumber(ARGV[7])), TICKET)
elseif not (row and row.attempt == ATTEMPT) then
  leave(tonumber(ARGV[7]))
end
return 1
