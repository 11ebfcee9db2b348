-- How much waits in one shard.
--
-- KEYS  outbox, deliveries, parked, dead
-- ARGV  so many deliveries are looked at: of more, a sample
-- Gives how many are in the stream, taken, parked and dead; milliseconds since the oldest was queued.
local function size(command, key)
  local answer = redis.pcall(command, key)
  return type(answer) == 'number' and answer or 0
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local pending = redis.pcall('XPENDING', KEYS[1], 'deliver')
local oldest, waiting = now, {}
local deliveries = size('HLEN', KEYS[2])
if deliveries > tonumber(ARGV[1]) then
  local sample = redis.call('HRANDFIELD', KEYS[2], ARGV[1], 'WITHVALUES')
  for place = 2, #sample, 2 do table.insert(waiting, sample[place]) end
elseif deliveries > 0 then
  waiting = redis.call('HVALS', KEYS[2])
end
for _, delivery in ipairs(waiting) do
  local queued = string.match(string.sub(delivery, 1, 16), '^(%d+) ')
  if queued then oldest = math.min(oldest, tonumber(queued)) end
end
return {size('XLEN', KEYS[1]), type(pending[1]) == 'number' and pending[1] or 0, size('ZCARD', KEYS[3]),
  size('HLEN', KEYS[4]), string.format('%.0f', now - oldest)}
