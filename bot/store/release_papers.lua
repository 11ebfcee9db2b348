-- Gives up claims of papers that were not sent after all; a paper that was sent stays sent.
--
-- KEYS  sent
-- ARGV  the ids
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
for _, id in ipairs(ARGV) do
  local stored = redis.call('HGET', KEYS[1], id)
  if stored and string.sub(stored, 1, 1) ~= '{' then redis.call('HDEL', KEYS[1], id) end
end
return 1
