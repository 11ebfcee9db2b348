-- Writes rows of one block of interest vectors, but for interests that were removed in between.
--
-- KEYS  places, block
-- ARGV  field and row, in turn
-- Gives the number of rows written.
local written = 0
for place = 1, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[place]) == 1 then
    redis.call('HSET', KEYS[2], ARGV[place], ARGV[place + 1])
    written = written + 1
  end
end
return written
