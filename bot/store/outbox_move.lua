-- Queues deliveries that were parked until now, the earliest first.
--
-- KEYS  parked, outbox, deliveries
-- ARGV  how many; milliseconds for which nothing is parked: what is to wait longer was parked by a clock that was wrong
-- Gives how many are done with: queued, or over already.
for place, kind in ipairs({'zset', 'stream', 'hash'}) do
  local found = redis.call('TYPE', KEYS[place]).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', KEYS[place]) end -- not ours, of no use to anybody
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function among(least, most) return redis.call('ZRANGEBYSCORE', KEYS[1], least, most, 'LIMIT', 0, ARGV[1]) end
local due = among('-inf', string.format('%.0f', now))
if #due == 0 then due = among(string.format('(%.0f', now + tonumber(ARGV[2])), '+inf') end
for _, ticket in ipairs(due) do
  redis.call('ZREM', KEYS[1], ticket)
  if redis.call('HEXISTS', KEYS[3], ticket) == 1 then redis.call('XADD', KEYS[2], '*', 'ticket', ticket) end
end
return #due
