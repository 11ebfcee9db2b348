-- Notes that readers' rows were measured for the bars that were learnt of them, but for those whose bar moved since.
--
-- KEYS  learnt
-- ARGV  user, number as it was read, in turn
-- Gives 1.
for place = 1, #ARGV, 2 do
  if redis.pcall('HGET', KEYS[1], ARGV[place]) == ARGV[place + 1] then redis.call('HDEL', KEYS[1], ARGV[place]) end
end
return 1
