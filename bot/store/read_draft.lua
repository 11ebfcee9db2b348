-- Reads what one message to a reader depends on, in one go. A key that holds another type counts as empty.
--
-- KEYS  subscriptions, profile, alerts, sent, ratings, saved; then savers of each paper
-- ARGV  user; how many papers; their ids; then ids of alerts
-- Gives the subscription; the profile; the alerts; ids of what was sent or is claimed; ratings and saves of the papers;
-- and of each paper how many savers there are, and whether the user is one.
local function asked(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then return false end
  return answer
end

local user, count = ARGV[1], tonumber(ARGV[2])
local papers, alerts, savers = {}, {}, {}
for place = 3, 2 + count do table.insert(papers, ARGV[place]) end
for place = 3 + count, #ARGV do table.insert(alerts, ARGV[place]) end
for place = 7, #KEYS do
  table.insert(savers, asked('SCARD', KEYS[place]) or 0)
  table.insert(savers, asked('SISMEMBER', KEYS[place], user) or 0)
end
return {
  asked('HGET', KEYS[1], user),
  asked('HGETALL', KEYS[2]) or {},
  #alerts > 0 and asked('HMGET', KEYS[3], unpack(alerts)) or {},
  asked('HKEYS', KEYS[4]) or {},
  #papers > 0 and asked('HMGET', KEYS[5], unpack(papers)) or {},
  #papers > 0 and asked('HMGET', KEYS[6], unpack(papers)) or {},
  savers,
}
