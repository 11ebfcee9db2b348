-- Leaves a method of Slack's alone for a while; a shorter pause does not end a longer one.
--
-- KEYS  pause of the method
-- ARGV  ms
local left = redis.pcall('PTTL', KEYS[1])
if type(left) == 'table' or left < tonumber(ARGV[1]) then
  local time = redis.call('TIME')
  local moment = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
  redis.call('SET', KEYS[1], string.format('%d', moment), 'PX', ARGV[1])
end
return 1
