-- Takes a local day of a reader, once, without anything to send.
--
-- ARGV  7 day, 8 a later day that no clock can have meant
-- Gives 1 when it is taken by this call, 0 when this day or a later one was taken before.
local slot, holder = taken_day(ARGV[7], ARGV[8])
if not slot then return holder == TICKET and 1 or 0 end
redis.call('HSET', SLOTS, USER, slot)
return 1
