-- This delivery is looked at again later; how far it is stays as it is.
--
-- ARGV  7 milliseconds until then
used_up()
if redis.call('HEXISTS', DELIVERIES, TICKET) == 1 then
  redis.call('ZADD', PARKED, 'LT', whole(NOW + tonumber(ARGV[7])), TICKET)
end
return 1
