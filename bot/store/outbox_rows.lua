-- What the scripts of the outbox share; each of them begins with this text.
--
-- KEYS  ledger, deliveries, outbox, parked, sent, dead, slots, readers, subscriptions, pending; then the script's own.
--       Deliveries, outbox, parked and dead are one way's queue; the ledger is the same for all ways.
-- ARGV  seconds the ledger lives; user; delivery id; ticket; stream entry ("" for none); attempt; then the script's own
local LEDGER, DELIVERIES, OUTBOX, PARKED, SENT, DEAD, SLOTS, READERS, SUBSCRIPTIONS, PENDING = unpack(KEYS)
local LIFETIME, USER, ID, TICKET, ENTRY, ATTEMPT = unpack(ARGV, 1, 6)
local GROUP = 'deliver'

local function ours(kinds, before)
  for place, kind in ipairs(kinds) do
    local key = KEYS[(before or 0) + place]
    local found = redis.call('TYPE', key).ok
    if found ~= kind and found ~= 'none' then redis.call('DEL', key) end -- not ours, of no use to anybody
  end
end
ours({'hash', 'hash', 'stream', 'zset', 'hash', 'hash', 'hash'})

local time = redis.call('TIME')
local NOW = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function whole(number) return string.format('%.0f', number) end

-- queued: waits. claimed, sending, looking: a try has it, and has posted nothing yet, posts, or looks for an earlier
-- post. ambiguous: nobody knows.
local LIVE = {queued = true, ambiguous = true, claimed = true, sending = true, looking = true}
local TRYING = {claimed = true, sending = true, looking = true}

-- A row of the ledger: state; tries; the first attempt whose end nobody knows (ms, 0 for none); when the state began,
-- or the attempt of which it speaks (ms); ticket; attempt; 'r' where the host asked for it again, 'a' where it was
-- handed over again though nobody knew of an earlier time; which of the papers asked for were claimed; where it was sent.
local function row_of(text)
  if type(text) ~= 'string' then return nil end
  local state, tries, since, at, ticket, attempt, mark, claimed, ts, channel =
    string.match(text, '^(%l+) (%d+) (%d+) (%d+) (%x+) (%x+) ([-ra]) (%S+) (%S+) (.+)$')
  if not (state and (LIVE[state] or state == 'sent' or state == 'dead')) then return nil end
  if #tries > 6 or #since > 15 or #at > 15 then return nil end
  return {state = state, tries = tonumber(tries), since = tonumber(since), at = tonumber(at), ticket = ticket,
    attempt = attempt, mark = mark, claimed = claimed, ts = ts, channel = channel}
end

local function new_row(ticket)
  return {state = 'queued', tries = 0, since = 0, at = NOW, ticket = ticket, attempt = '0', mark = '-', claimed = '*',
    ts = '-', channel = '-'}
end

local function stored_row() return row_of(redis.call('HGET', LEDGER, ID)) end

local function put(id, row)
  redis.call('HSET', LEDGER, id, table.concat({row.state, whole(row.tries), whole(row.since), whole(row.at), row.ticket,
    row.attempt, row.mark, row.claimed, row.ts, row.channel}, ' '))
  redis.call('EXPIRE', LEDGER, LIFETIME)
end

-- Forgotten readers are none; readers of another type are not ours, and forget nobody.
local function is_known()
  return redis.pcall('SISMEMBER', READERS, USER) ~= 0 or redis.pcall('HEXISTS', SUBSCRIPTIONS, USER) == 1
end

-- What the last day of the reader becomes when it is taken for this ticket; nil, and the ticket that has it, where this
-- day or a later one is taken. A day so far ahead that no clock can have meant it does not count.
local function taken_day(day, too_far)
  local stored = redis.call('HGET', SLOTS, USER) or ''
  local last, ticket = string.match(stored, '^(%d%d%d%d%-%d%d%-%d%d) (%x+) ')
  if last and last >= too_far then last = nil end
  if last and last >= day then return nil, last == day and ticket end
  return day .. ' ' .. TICKET .. ' ' .. (last or '-')
end

local function claim(ticket, id) return 'claimed ' .. ticket .. ' ' .. id end

-- Gives up this delivery's claim of a paper; what was sent, or is another's, stays.
local function release(paper)
  local stored = redis.call('HGET', SENT, paper)
  if stored and string.match(stored, '^claimed %x+ (.*)$') == ID then redis.call('HDEL', SENT, paper) end
end

local function queue(ticket, delivery, outbox, deliveries)
  redis.call('HSET', deliveries or DELIVERIES, ticket, whole(NOW) .. ' ' .. delivery)
  redis.call('XADD', outbox or OUTBOX, '*', 'ticket', ticket)
end

-- This sign that the delivery waits is used up.
local function used_up()
  if ENTRY ~= '' then
    redis.call('XACK', OUTBOX, GROUP, ENTRY)
    redis.call('XDEL', OUTBOX, ENTRY)
  end
end

-- Whoever has it now goes on; should that one be gone, somebody looks again.
local function leave(milliseconds)
  if redis.call('HEXISTS', DELIVERIES, TICKET) == 1 then
    redis.call('ZADD', PARKED, 'NX', whole(NOW + milliseconds), TICKET)
  end
end
