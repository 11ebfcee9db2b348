-- Takes the next turn to post a message in a conversation, or says how long there is none.
--
-- KEYS  turn of the conversation, turn of the workspace, pause of the method
-- ARGV  µs between two messages of the conversation, of the workspace; the longest wait (µs)
-- Gives {1, µs to wait} for a turn that is taken by this call, {0, µs to wait} where nothing is taken: the conversation
-- is not ready before others could have the workspace's turn, or the turn is farther away than the longest wait.
-- A call that is sent again takes one more turn: a message comes later than it might, and nothing else.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local most = tonumber(ARGV[3])
local pause = math.max(redis.pcall('PTTL', KEYS[3]), 0) * 1000

-- When a key says the next message may be posted. One that is farther off than any turn can be was written by a clock
-- that has been set back since, or by somebody else.
local function free(key, between)
  local stored = redis.pcall('GET', key)
  if type(stored) == 'table' then
    redis.call('DEL', key)
    return now
  end
  local moment = (tonumber(stored or nil) or 0) * 1000
  if moment ~= moment or moment > now + pause + most + 2 * between + 1000000 then return now end
  return math.max(moment, now)
end

local function keep(key, moment)
  redis.call('SET', key, string.format('%.3f', moment / 1000), 'PX', math.ceil((moment - now) / 1000) + 1000)
end

local channel, workspace = tonumber(ARGV[1]), tonumber(ARGV[2])
local ready = free(KEYS[1], channel)
local at = math.max(free(KEYS[2], workspace), now + pause)
if ready > at then return {0, ready - now} end
if at - now > most then return {0, at - now} end
if channel > 0 then keep(KEYS[1], at + channel) end
if workspace > 0 then keep(KEYS[2], at + workspace) end
return {1, at - now}
