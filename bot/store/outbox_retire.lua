-- Removes consumers that have nothing pending; what one has pending would be lost with it.
--
-- KEYS  outbox
-- ARGV  consumer ("" for all of them); milliseconds for which it was idle
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 0 end
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], 'deliver')
if consumers.err then return 0 end
local gone = 0
for _, told in ipairs(consumers) do
  local consumer = {}
  for place = 1, #told, 2 do consumer[told[place]] = told[place + 1] end
  if consumer.pending == 0 and consumer.idle >= tonumber(ARGV[2]) and (ARGV[1] == '' or ARGV[1] == consumer.name) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], 'deliver', consumer.name)
    gone = gone + 1
  end
end
return gone
