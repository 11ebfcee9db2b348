-- Takes a lease that is free, or renews one that its holder has.
--
-- KEYS  lease, number of leases ever taken
-- ARGV  token; ms
-- Gives the lease's number, the same at each renewal and when this call is sent again; 0 where somebody else holds it.
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' then
  local number, token = string.match(held, '^(%d+) (.+)$')
  if token == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return tonumber(number)
  end
  if token then return 0 end
end
local last = redis.pcall('GET', KEYS[2])
local number = type(last) == 'string' and tonumber(last) or 0
if number ~= number or number < 0 or number > 100000000 then number = 0 end -- not ours
number = math.floor(number) + 1
redis.call('SET', KEYS[2], string.format('%d', number))
redis.call('SET', KEYS[1], string.format('%d %s', number, ARGV[1]), 'PX', ARGV[2])
return number
