-- Writes an interest and its row where they still are as they were read; what was removed or changed stays so.
--
-- KEYS  profile; block of vectors and models, where there is a row to write
-- ARGV  field of the profile, interest as it was read and as it is to be (JSON);
--       model, field of the row, row as it was read ("" for whatever it is), row as it is to be
-- Gives 1 when both are as they are to be, 0 when nothing was written; a repeated call gives the same.
local words = redis.pcall('HGET', KEYS[1], ARGV[1])
if words ~= ARGV[2] and words ~= ARGV[3] then return 0 end
if KEYS[2] then
  local row = redis.pcall('HGET', KEYS[2], ARGV[5])
  if ARGV[6] ~= '' and row ~= ARGV[6] and row ~= ARGV[7] then return 0 end
  for _, value in ipairs({{KEYS[2], 'HSET', ARGV[5], ARGV[7]}, {KEYS[3], 'SADD', ARGV[4]}}) do
    local key, command = value[1], value[2]
    if type(redis.pcall(command, key, unpack(value, 3))) == 'table' then
      redis.call('DEL', key) -- it holds another type: not ours, of no use to anybody
      redis.call(command, key, unpack(value, 3))
    end
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
