-- Writes the words of an interest that is there; a removed one is not brought back.
--
-- KEYS  profile; facts, for an interest that is matched by facts
-- ARGV  field of the profile, interest (JSON); field of the facts
-- Gives 1 when it is there, 0 when not.
if redis.pcall('HEXISTS', KEYS[1], ARGV[1]) ~= 1 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if KEYS[2] and type(redis.pcall('HSET', KEYS[2], ARGV[3], ARGV[2])) == 'table' then
  redis.call('DEL', KEYS[2]) -- it holds another type: not ours, of no use to anybody
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[2])
end
return 1
