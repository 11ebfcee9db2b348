-- Gives entries of the stream to a consumer, each with the delivery it stands for.
--
-- KEYS  outbox, deliveries
-- ARGV  new, own or idle; consumer; how many; own: those after this id; idle: those that nobody touched for so many ms
-- Gives stream id, ticket and delivery of each; false where there is no stream.
local GROUP = 'deliver'
local what, consumer, count = ARGV[1], ARGV[2], ARGV[3]
for place, kind in ipairs({'stream', 'hash'}) do
  local found = redis.call('TYPE', KEYS[place]).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', KEYS[place]) end -- not ours, of no use to anybody
end
if redis.call('EXISTS', KEYS[1]) == 0 then return false end

local function grouped(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then
    if not string.find(answer.err, 'NOGROUP', 1, true) then error(answer.err) end
    redis.call('XGROUP', 'CREATE', KEYS[1], GROUP, '0') -- what was queued before the first consumer came counts too
    answer = redis.call(...)
  end
  return answer or {}
end

local taken = {}
if what == 'idle' then
  for _, pending in ipairs(grouped('XPENDING', KEYS[1], GROUP, 'IDLE', ARGV[4], '-', '+', count)) do
    local entry = redis.call('XRANGE', KEYS[1], pending[1], pending[1])[1]
    if entry then
      redis.call('XCLAIM', KEYS[1], GROUP, consumer, 0, pending[1], 'JUSTID')
      table.insert(taken, entry)
    else
      redis.call('XACK', KEYS[1], GROUP, pending[1])
    end
  end
else
  local after = what == 'new' and '>' or ARGV[4]
  local answer = grouped('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', count, 'STREAMS', KEYS[1], after)
  taken = answer[1] and answer[1][2] or {}
end

local told = {}
for _, entry in ipairs(taken) do
  if entry[2] then
    local ticket = entry[2][2]
    table.insert(told, {entry[1], ticket, redis.call('HGET', KEYS[2], ticket)})
  else -- it was deleted while it was taken
    redis.call('XACK', KEYS[1], GROUP, entry[1])
    table.insert(told, {entry[1], false, false})
  end
end
return told
