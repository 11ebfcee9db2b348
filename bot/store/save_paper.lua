-- Stores one paper unless somebody changed it in between; one call, and the same call again, do the same.
--
-- KEYS  record, aliases, forwards, changes, change, ordinal, unmatched; then the record of each joined paper
-- ARGV  id; expected version ("" for a new paper); paper (JSON); text of a record that is unreadable and may be
--       replaced (or ""); number of aliases; each alias; then id and expected version ("" for any) of each joined paper
-- Gives 1 when it is stored, or was already; 0 when somebody was first.
local record, aliases, forwards, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, expected, paper, unreadable, count = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local stored = redis.pcall('HMGET', record, 'paper', 'version', 'ordinal', 'aliases')
local mistyped = stored.err ~= nil
local exists = not mistyped and stored[1] and tonumber(stored[2]) and tonumber(stored[3])
if exists and expected == '' and stored[1] == unreadable then exists = false end

if redis.call('HEXISTS', forwards, id) == 1 then return 0 end

local complete = exists and stored[1] == paper
local joined, joining = {}, {}
for place = 6 + count, #ARGV, 2 do
  local other, version = ARGV[place], ARGV[place + 1]
  local forward = redis.call('HGET', forwards, other)
  if forward and forward ~= id then return 0 end
  if not forward then
    complete = false
    local key = KEYS[8 + #joined]
    local found = redis.pcall('HMGET', key, 'version', 'aliases')
    if version ~= '' and (found.err or found[1] ~= version) then return 0 end
    joining[other] = true
    table.insert(joined, {id = other, key = key, aliases = not found.err and found[2] or ''})
  else
    table.insert(joined, false)
  end
end

local own = {}
for place = 6, 5 + count do
  local holder = redis.call('HGET', aliases, ARGV[place])
  if holder and holder ~= id and not joining[holder] then return 0 end
  if holder ~= id then complete = false end
  own[ARGV[place]] = true
end

if complete then return 1 end
if exists and stored[2] ~= expected then return 0 end
if not exists and expected ~= '' then return 0 end

local version, ordinal = 1, not mistyped and stored[3]
if exists then
  version = tonumber(stored[2]) + 1
  for alias in string.gmatch(stored[4] or '', '[^\n]+') do own[alias] = true end
else
  if not tonumber(ordinal or nil) then ordinal = redis.call('INCR', KEYS[6]) end
  redis.call('DEL', record)
  redis.call('SADD', KEYS[7], id)
end
for _, other in ipairs(joined) do
  if other then
    for alias in string.gmatch(other.aliases, '[^\n]+') do own[alias] = true end
    redis.call('HSET', forwards, other.id, id)
    redis.call('DEL', other.key)
    redis.call('SREM', KEYS[7], other.id)
    redis.call('ZADD', changes, redis.call('INCR', KEYS[5]), other.id)
  end
end
local names = {}
for alias in pairs(own) do
  redis.call('HSET', aliases, alias, id)
  table.insert(names, alias)
end
table.sort(names)
redis.call('HSET', record, 'paper', paper, 'version', string.format('%.0f', version), 'ordinal', ordinal,
  'aliases', table.concat(names, '\n'))
redis.call('ZADD', changes, redis.call('INCR', KEYS[5]), id)
return 1
