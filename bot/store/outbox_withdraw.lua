-- A delivery was not sent and will not be: its papers may be claimed again, and it may be queued again.
--
-- ARGV  7 the day that may be taken again ("" for none); then its papers
local row = stored_row()
used_up()
if not (row and row.ticket == TICKET and LIVE[row.state]) then return 0 end
if TRYING[row.state] and row.attempt ~= ATTEMPT then
  leave(1000)
  return 0
end
for place = 8, #ARGV do release(ARGV[place]) end
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
