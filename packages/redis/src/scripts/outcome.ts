import { type Script, script } from "./script.ts"

/**
 * Looks for what became of operations whose answers were lost: once for all of them, since a look goes through much
 * of the log.
 *
 * Keys: log. Arguments: how many changes the log keeps at least; and of each operation its id, for how long it has
 * been sent at most (milliseconds), when it was sent at the earliest as far as is known (milliseconds since the epoch)
 * or "": the clock may have been set forward since, or the caller have slept.
 *
 * Answers of each FOUND and the id of its change; ABSENT; or UNKNOWN when the log does not reach back that far.
 */
export const outcomeScript: Script = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local earliest, missing, sent, found = now, 0, {}, {}
for at = 2, #ARGV, 3 do
  local since = now - ARGV[at + 1]
  if ARGV[at + 2] ~= '' then since = math.min(since, tonumber(ARGV[at + 2])) end
  earliest, missing = math.min(earliest, since), missing + 1
  sent[ARGV[at]] = since
end
local last, reached = '+', math.huge
repeat
  local entries = redis.call('XREVRANGE', KEYS[1], last, '-', 'COUNT', 500)
  for _, entry in ipairs(entries) do
    local operation = entry[2][4]
    if sent[operation] then found[operation], missing = entry[1], missing - 1 end
    reached = tonumber(string.match(entry[1], '^%d+'))
    last = '(' .. entry[1]
    if missing == 0 or reached < earliest then break end
  end
until missing == 0 or reached < earliest or #entries < 500
local isWhole = missing > 0 and redis.call('XLEN', KEYS[1]) < tonumber(ARGV[1])
local answers = {}
for at = 2, #ARGV, 3 do
  local operation = ARGV[at]
  if found[operation] then
    answers[#answers + 1] = {'FOUND', found[operation]}
  else
    answers[#answers + 1] = {(isWhole or reached < sent[operation]) and 'ABSENT' or 'UNKNOWN'}
  end
end
return answers
`)
