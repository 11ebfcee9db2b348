-- Queues a delivery, unless it was queued before: once for each delivery id, and once for each day of a reader.
--
-- Copies of it, which say the same by another way, are queued with it: each once, too.
--
-- KEYS  11 outbox, 12 deliveries, 13 dead of the other way, by which copies go
-- ARGV  7 the delivery (JSON) up to its papers, 8 and after them; 9 who may be written to: "reader", "anybody", or else
--       the field of what somebody waits for; 10 whether papers are required; 11 day ("" for none), 12 a later day that no
--       clock can have meant; 13 how many copies, then of each ticket, id and the delivery up to its papers and after
--       them; then id and JSON of each paper
-- Gives the ids that are claimed for it, false if it is not queued by this call.
local copies = tonumber(ARGV[13])
local papers = 14 + 4 * copies
local stored = redis.call('HGET', LEDGER, ID)
if stored then
  local row = row_of(stored)
  if not row or row.ticket ~= TICKET then return false end
  local claimed = {}
  for place in string.gmatch(row.claimed, '%d+') do table.insert(claimed, ARGV[papers + 2 * tonumber(place) - 2]) end
  if row.claimed == '*' then for place = papers, #ARGV, 2 do table.insert(claimed, ARGV[place]) end end
  return claimed
end
if ARGV[9] ~= 'anybody' and not is_known() then
  if ARGV[9] == 'reader' or redis.pcall('HEXISTS', PENDING, ARGV[9]) ~= 1 then return false end
end

local slot
if ARGV[11] ~= '' then
  slot = taken_day(ARGV[11], ARGV[12])
  if not slot then return false end
end

local ids, names, places = {}, {}, {}
for place = papers, #ARGV, 2 do
  if redis.call('HEXISTS', SENT, ARGV[place]) == 0 then
    table.insert(ids, ARGV[place])
    table.insert(names, ARGV[place + 1])
    table.insert(places, whole((place - papers) / 2 + 1))
  end
end
if ARGV[10] == '1' and #ids == 0 then return false end

for _, id in ipairs(ids) do redis.call('HSET', SENT, id, claim(TICKET, ID)) end
if slot then redis.call('HSET', SLOTS, USER, slot) end
local row = new_row(TICKET)
if 2 * #ids < #ARGV - papers + 1 then row.claimed = #ids == 0 and '-' or table.concat(places, ',') end
put(ID, row)
names = '[' .. table.concat(names, ',') .. ']'
queue(TICKET, ARGV[7] .. names .. ARGV[8])
if copies > 0 then ours({'stream', 'hash'}, 10) end
for place = 14, papers - 1, 4 do
  local ticket, id = ARGV[place], ARGV[place + 1]
  if redis.call('HEXISTS', LEDGER, id) == 0 then -- the one before was withdrawn, and this copy of it was not
    put(id, new_row(ticket))
    queue(ticket, ARGV[place + 2] .. names .. ARGV[place + 3], KEYS[11], KEYS[12])
  end
end

-- Now and then what nobody needs to know any more leaves: of papers they themselves are told apart.
if redis.call('HLEN', LEDGER) % 64 <= copies then
  local told = redis.call('HGETALL', LEDGER)
  for place = 1, #told, 2 do
    local id, old = told[place], row_of(told[place + 1])
    local lifetime = string.sub(id, 1, 7) == 'papers:' and math.min(90 * 86400, tonumber(LIFETIME)) or tonumber(LIFETIME)
    local function is_dead() return redis.call('HEXISTS', DEAD, id) == 1 or redis.pcall('HEXISTS', KEYS[13], id) == 1 end
    if old and not LIVE[old.state] and NOW - old.at > 1000 * lifetime and not is_dead() then
      redis.call('HDEL', LEDGER, id)
    end
  end
end
return ids
