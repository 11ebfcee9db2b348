-- What the outbox holds for one reader, at one moment.
--
-- KEYS  ledger, sent, slots; then for each way to people: deliveries and dead
-- ARGV  user
-- Gives the ledger, what was sent, the day of the last digest (false for none); then for each way: tickets and
-- deliveries that wait, ids and dead deliveries. Keys of another type hold nothing.
local function asked(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then return nil end
  return answer
end

local LIVE = {queued = true, claimed = true, ambiguous = true, sending = true, looking = true}
local ledger = asked('HGETALL', KEYS[1]) or {}
local told = {ledger, asked('HGETALL', KEYS[2]) or {}, asked('HGET', KEYS[3], ARGV[1]) or false}
for place = 4, #KEYS, 2 do
  local waiting, dead = {}, {}
  for at = 1, #ledger, 2 do
    local state, ticket = string.match(ledger[at + 1], '^(%l+) %d+ %d+ %d+ (%x+) ')
    local hash = LIVE[state] and KEYS[place] or state == 'dead' and KEYS[place + 1]
    local name = LIVE[state] and ticket or ledger[at]
    local form = hash and asked('HGET', hash, name)
    if form then
      local list = LIVE[state] and waiting or dead
      list[#list + 1] = name
      list[#list + 1] = form
    end
  end
  told[#told + 1] = waiting
  told[#told + 1] = dead
end
return told
