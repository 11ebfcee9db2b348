-- Sets or drops the bar that was learnt of a reader, unless the reader was forgotten meanwhile, and notes that it moved.
--
-- KEYS  profile, readers, learnt
-- ARGV  user, field of the profile, value: "" to drop it
-- Gives 1 when it is done, 0 when there is no such reader.
if redis.pcall('SISMEMBER', KEYS[2], ARGV[1]) ~= 1 then return 0 end
if ARGV[3] == '' then
  redis.pcall('HDEL', KEYS[1], ARGV[2])
elseif type(redis.pcall('HSET', KEYS[1], ARGV[2], ARGV[3])) == 'table' then
  redis.call('DEL', KEYS[1]) -- it holds another type: not ours, of no use to anybody
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
local moved = redis.pcall('HINCRBY', KEYS[3], ARGV[1], 1)
if type(moved) == 'table' then
  if redis.call('TYPE', KEYS[3]).ok == 'hash' then redis.call('HDEL', KEYS[3], ARGV[1]) else redis.call('DEL', KEYS[3]) end
  redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
end
return 1
