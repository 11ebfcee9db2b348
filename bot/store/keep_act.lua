-- Marks an act as received and keeps it until it is done, if it is received for the first time.
--
-- KEYS  act, acts
-- ARGV  token of this call; seconds the mark lives; seconds what is kept lives; id; what is kept ("" for nothing)
-- Gives 1 for the first time, also when this call is sent again; 0 for an act that was received before.
local first = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2])
if not first then
  local holder = redis.pcall('GET', KEYS[1])
  if type(holder) ~= 'table' then return holder == ARGV[1] and 1 or 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) -- it held another type: nobody received anything
end
if ARGV[5] == '' then return 1 end
if redis.call('EXISTS', KEYS[2]) == 1 and redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('DEL', KEYS[2]) end
local now = redis.call('TIME')
redis.call('HSET', KEYS[2], ARGV[4], now[1] .. string.format('%06d', now[2]) .. ' ' .. ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
