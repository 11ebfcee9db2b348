-- Queues a delivery, unless it was queued before: once for each delivery id, and once for each day of a reader.
--
-- ARGV  7 the delivery (JSON) up to its papers, 8 and after them; 9 who may be written to: "reader", "anybody", or else
--       the field of what somebody waits for; 10 whether papers are required; 11 day ("" for none), 12 a later day that no
--       clock can have meant; then id and JSON of each paper
-- Gives the ids that are claimed for it, false if it is not queued by this call.
local stored = redis.call('HGET', LEDGER, ID)
if stored then
  local row = row_of(stored)
  if not row or row.ticket ~= TICKET then return false end
  local claimed = {}
  for place in string.gmatch(row.claimed, '%d+') do table.insert(claimed, ARGV[11 + 2 * tonumber(place)]) end
  if row.claimed == '*' then for place = 13, #ARGV, 2 do table.insert(claimed, ARGV[place]) end end
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
for place = 13, #ARGV, 2 do
  if redis.call('HEXISTS', SENT, ARGV[place]) == 0 then
    table.insert(ids, ARGV[place])
    table.insert(names, ARGV[place + 1])
    table.insert(places, whole((place - 11) / 2))
  end
end
if ARGV[10] == '1' and #ids == 0 then return false end

for _, id in ipairs(ids) do redis.call('HSET', SENT, id, claim(TICKET, ID)) end
if slot then redis.call('HSET', SLOTS, USER, slot) end
local row = new_row(TICKET)
if 2 * #ids < #ARGV - 12 then row.claimed = #ids == 0 and '-' or table.concat(places, ',') end
put(ID, row)
queue(TICKET, ARGV[7] .. '[' .. table.concat(names, ',') .. ']' .. ARGV[8])

-- Now and then what nobody needs to know any more leaves: of papers they themselves are told apart.
if redis.call('HLEN', LEDGER) % 64 == 0 then
  local told = redis.call('HGETALL', LEDGER)
  for place = 1, #told, 2 do
    local id, old = told[place], row_of(told[place + 1])
    local lifetime = string.sub(id, 1, 7) == 'papers:' and math.min(90 * 86400, tonumber(LIFETIME)) or tonumber(LIFETIME)
    if old and not LIVE[old.state] and NOW - old.at > 1000 * lifetime and redis.call('HEXISTS', DEAD, id) == 0 then
      redis.call('HDEL', LEDGER, id)
    end
  end
end
return ids
