-- A delivery was not sent and will not be: its papers may be claimed again, and it may be queued again.
--
-- Where it may have left by e-mail, or it tells papers and a copy of it may have, what it tells was told: that is written
-- down, and nothing is free.
--
-- ARGV  7 the day that may be taken again ("" for none); 8 whether it may have left; 9 key of it as a letter; 10 how many
--       papers it tells, then id and JSON of each; then all its papers
-- Gives 1, or 2 where it counts as told, 0 where the try has lost it to another.
local row = stored_row()
used_up()
if row and row.ticket == TICKET and row.state == 'sent' and row.attempt == ATTEMPT then return 2 end
if not (row and row.ticket == TICKET and LIVE[row.state]) then return 0 end
if TRYING[row.state] and row.attempt ~= ATTEMPT then
  leave(1000)
  return 0
end
local is_told = ARGV[8] == '1'
if not is_told and ARGV[10] ~= '0' then
  local LEFT = {sent = true, sending = true, looking = true, ambiguous = true}
  local fields, start = redis.call('HGETALL', LEDGER), ID .. '@'
  for place = 1, #fields, 2 do
    local copy = string.sub(fields[place], 1, #start) == start and row_of(fields[place + 1])
    if copy and LEFT[copy.state] then is_told = true end
  end
end
local papers = 11 + 2 * tonumber(ARGV[10])
if is_told then
  redis.call('HDEL', DELIVERIES, TICKET)
  redis.call('ZREM', PARKED, TICKET)
  for place = 11, papers - 1, 2 do redis.call('HSET', SENT, ARGV[place], ARGV[place + 1]) end
end
for place = papers, #ARGV do release(ARGV[place]) end
if is_told then
  row.state, row.at, row.ts, row.channel = 'sent', NOW, ARGV[9], 'email'
  put(ID, row)
  return 2
end
redis.call('HDEL', LEDGER, ID)
redis.call('HDEL', DELIVERIES, TICKET)
redis.call('ZREM', PARKED, TICKET)
if ARGV[7] ~= '' then
  local day, former = string.match(redis.call('HGET', SLOTS, USER) or '', '^(%S+) %x+ (%S+)$')
  if day == ARGV[7] and former == '-' then
    redis.call('HDEL', SLOTS, USER)
  elseif day == ARGV[7] then
    redis.call('HSET', SLOTS, USER, former .. ' 0 -')
  end
end
return 1
