-- The alerts of a reader whose papers were neither sent nor are claimed, however many there were before.
--
-- KEYS  alerts; sent
-- Gives ids and alerts in turn.
local known, waiting = {}, {}
if redis.call('TYPE', KEYS[2]).ok == 'hash' then
  for _, id in ipairs(redis.call('HKEYS', KEYS[2])) do known[id] = true end
end
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
  if not known[id] then
    table.insert(waiting, id)
    table.insert(waiting, redis.call('HGET', KEYS[1], id))
  end
end
return waiting
