-- Writes rows of one block of interest vectors, but for those that were changed or removed since they were read.
--
-- KEYS  block
-- ARGV  field, row as it was read, new row, in turn
-- Gives the number of rows written; a row that is the new one already counts, so that a repeated call gives the same.
local written = 0
for place = 1, #ARGV, 3 do
  local stored = redis.pcall('HGET', KEYS[1], ARGV[place])
  if stored == ARGV[place + 1] or stored == ARGV[place + 2] then
    redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 2])
    written = written + 1
  end
end
return written
