-- Notes which conversation has the direct messages of a reader, unless the reader was forgotten since one was sent there.
--
-- KEYS  directs, ledger
-- ARGV  user, conversation, id of the delivery that was sent
-- Gives 1, or 0 where the reader was forgotten.
if redis.pcall('HEXISTS', KEYS[2], ARGV[3]) == 0 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
