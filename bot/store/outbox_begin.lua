-- Begins a try to send a delivery, for one caller; the same try again is given the same answer, until its claim ends:
-- then it may be sent by another, and is looked up like that of anybody else. What is only claimed is begun anew.
--
-- ARGV  7 milliseconds after which an attempt is over that did not end; 8 tries of what is tried no more; 9 milliseconds
--       for which it may be claimed before it is posted, 0 where it counts as posted from now on
-- Gives what is to be done; tries; the first attempt whose end nobody knows (ms); milliseconds to wait; 1 where the host
-- asked for it again, 2 where it was handed over again; milliseconds since the claim began; ts and conversation of what was sent.
local patience, most, ahead = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local MARKS = {['-'] = 0, r = 1, a = 2}
local delivery = redis.call('HGET', DELIVERIES, TICKET)
if not delivery then return {'gone'} end

local row = stored_row()
if not row then -- what the ledger knew is lost: it may have been sent
  row = new_row(TICKET)
  row.state, row.at, row.since = 'ambiguous', 0, tonumber(string.match(delivery, '^(%d+) ') or NOW)
end
if row.ticket ~= TICKET then return {'gone'} end

local function told(begun, wait)
  return {begun, whole(row.tries), whole(row.since), whole(wait or 0), MARKS[row.mark], whole(NOW - row.at), row.ts, row.channel}
end

if not LIVE[row.state] then return told('done') end
-- a look-up is worth more tries than sending anew: it may be there
local function taken() return told(row.state ~= 'looking' and 'send' or row.tries > 2 * most and 'poison' or 'look_up') end
if row.at > NOW then -- the server's clock was ahead
  row.at = NOW
  put(ID, row)
end
-- nothing was handed over yet by one that is claimed, or looks
local lasts = (row.state == 'claimed' or row.state == 'looking') and math.max(ahead, patience) or patience
if TRYING[row.state] and row.attempt == ATTEMPT and NOW - row.at < lasts then return taken() end
if row.state ~= 'queued' and NOW - row.at < lasts then return told('wait', row.at + lasts - NOW) end

if row.state == 'queued' or row.state == 'claimed' then
  if row.tries >= most then
    row.state = 'queued'
    put(ID, row)
    return told('poison')
  end
  row.state, row.mark = ahead > 0 and 'claimed' or 'sending', '-'
else
  if row.since == 0 then row.since = row.at end
  row.state = 'looking'
end
row.tries, row.at, row.attempt = row.tries + 1, NOW, ATTEMPT
put(ID, row)
return taken()
