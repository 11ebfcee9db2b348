-- Slack has it: the ledger says where, its papers were sent, and what goes on in its thread is queued.
--
-- ARGV  7 ts, 8 conversation; then, each after their number: papers that were sent (id, JSON), all papers of the
--       delivery, and "" or what follows: ticket, id, delivery (JSON) and its papers
-- Gives 1, or 0 where the reader was forgotten meanwhile and nothing is kept.
local stored = redis.call('HGET', LEDGER, ID)
local row = row_of(stored)
if row and row.state == 'sent' then return 1 end
if not stored and not is_known() then return 0 end
row = row or new_row(TICKET)

-- A full server lets a script go on that has begun with what takes no room: this must be known.
redis.call('ZREM', PARKED, row.ticket)
redis.call('HDEL', DEAD, ID)

local place, kept = 9, {}
local function next_ones(step)
  local first, count = place + 1, tonumber(ARGV[place])
  place = first + step * count
  return first, place - 1
end

local first, last = next_ones(2)
for at = first, last, 2 do
  redis.call('HSET', SENT, ARGV[at], ARGV[at + 1])
  kept[ARGV[at]] = true
end
local own, last_own = next_ones(1)
local follow, follow_id, delivery = ARGV[place], ARGV[place + 1], ARGV[place + 2]
if follow ~= '' then
  place = place + 3
  first, last = next_ones(1)
  local is_new = redis.call('HEXISTS', LEDGER, follow_id) == 0
  for at = first, last do
    local paper = ARGV[at]
    local told = redis.call('HGET', SENT, paper)
    if is_new and not (told and string.sub(told, 1, 1) == '{') then
      redis.call('HSET', SENT, paper, claim(follow, follow_id))
    end
    kept[paper] = true
  end
  if is_new then
    put(follow_id, new_row(follow))
    queue(follow, delivery)
  end
end
for at = own, last_own do
  if not kept[ARGV[at]] then release(ARGV[at]) end
end
row.state, row.at, row.ts, row.channel = 'sent', NOW, ARGV[7], ARGV[8]
put(ID, row)
return 1
