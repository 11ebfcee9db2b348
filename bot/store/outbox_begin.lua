-- Begins a try to send a delivery, for one caller; the same try again is given the same answer, until its claim ends:
-- then it may be sent by another, and is looked up like that of anybody else.
--
-- ARGV  7 milliseconds after which an attempt is over that did not end; 8 tries of what is tried no more
-- Gives what is to be done; tries; the first attempt whose end nobody knows (ms); milliseconds to wait; 1 where the host
-- asked for it again; milliseconds since the claim began; ts and conversation of what was sent.
local patience, most = tonumber(ARGV[7]), tonumber(ARGV[8])
local delivery = redis.call('HGET', DELIVERIES, TICKET)
if not delivery then return {'gone'} end

local row = stored_row()
if not row then -- what the ledger knew is lost: it may have been sent
  row = new_row(TICKET)
  row.state, row.at, row.since = 'ambiguous', 0, tonumber(string.match(delivery, '^(%d+) ') or NOW)
end
if row.ticket ~= TICKET then return {'gone'} end

local function told(begun, wait)
  local replayed = row.mark == 'r' and 1 or 0
  return {begun, whole(row.tries), whole(row.since), whole(wait or 0), replayed, whole(NOW - row.at), row.ts, row.channel}
end

if not LIVE[row.state] then return told('done') end
-- a look-up is worth more tries than sending anew: it may be there
local function taken() return told(row.state == 'sending' and 'send' or row.tries > 2 * most and 'poison' or 'look_up') end
if row.at > NOW then -- the server's clock was ahead
  row.at = NOW
  put(ID, row)
end
if TRYING[row.state] and row.attempt == ATTEMPT and NOW - row.at < patience then return taken() end

if row.state == 'queued' then
  if row.tries >= most then return told('poison') end
  row.state, row.mark = 'sending', '-'
else
  if NOW - row.at < patience then return told('wait', row.at + patience - NOW) end
  if row.since == 0 then row.since = row.at end
  row.state = 'looking'
end
row.tries, row.at, row.attempt = row.tries + 1, NOW, ATTEMPT
put(ID, row)
return taken()
