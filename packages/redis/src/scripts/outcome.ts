import { type Script, script } from "./script.ts"

/**
 * Looks for what became of an operation whose answer was lost.
 *
 * Keys: log. Arguments: the operation's id, for how long it has been sent at most (milliseconds), how many changes
 * the log keeps at least, when it was sent at the earliest as far as is known (milliseconds since the epoch) or "": the
 * clock may have been set forward since, or the caller have slept.
 *
 * Answers FOUND and the id of its change; ABSENT; or UNKNOWN when the log does not reach back that far.
 */
export const outcomeScript: Script = script(`
local time = redis.call('TIME')
local since = time[1] * 1000 + time[2] / 1000 - ARGV[2]
if ARGV[4] ~= '' then since = math.min(since, tonumber(ARGV[4])) end
local last = '+'
while true do
  local entries = redis.call('XREVRANGE', KEYS[1], last, '-', 'COUNT', 500)
  for _, entry in ipairs(entries) do
    if entry[2][4] == ARGV[1] then return {'FOUND', entry[1]} end
    if tonumber(string.match(entry[1], '^%d+')) < since then return {'ABSENT'} end
    last = '(' .. entry[1]
  end
  if #entries < 500 then break end
end
if redis.call('XLEN', KEYS[1]) < tonumber(ARGV[3]) then return {'ABSENT'} end
return {'UNKNOWN'}
`)
