-- Notes what a shard's rows were measured against, unless its workspace was deleted meanwhile.
--
-- KEYS  calibrated, readers
-- ARGV  what to note
-- Gives 1 when it is noted, 0 when not.
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
