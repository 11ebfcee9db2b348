-- Adds fields to hashes where they are not there yet; the same call again adds nothing and gives the same answer.
--
-- KEYS  receipt of this call; the hashes; the names of readers
-- ARGV  seconds the receipt lives; then of each field: number of its key, name, value, user who must be among the
--       readers ("" for nobody): what was matched for a reader does not outlive that reader
-- Gives the number of fields that are new.
local receipt = redis.call('GET', KEYS[1])
if receipt then return tonumber(receipt) end
local new = 0
for place = 2, #ARGV, 4 do
  local key, user = KEYS[tonumber(ARGV[place])], ARGV[place + 3]
  -- readers of another type are not ours, and forget nobody
  if user == '' or redis.pcall('SISMEMBER', KEYS[#KEYS], user) ~= 0 then
    local added = redis.pcall('HSETNX', key, ARGV[place + 1], ARGV[place + 2])
    if type(added) == 'table' then -- the key holds another type: not ours, of no use to anybody
      redis.call('DEL', key)
      added = redis.call('HSETNX', key, ARGV[place + 1], ARGV[place + 2])
    end
    new = new + added
  end
end
redis.call('SET', KEYS[1], new, 'EX', ARGV[1])
return new
