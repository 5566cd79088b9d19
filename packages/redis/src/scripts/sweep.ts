import { announce } from "./includes.ts"
import { type Script, script } from "./script.ts"

/**
 * Takes keys whose value has expired out of the index, and tells watchers.
 *
 * Keys: expiry, log, index. Arguments: the most to do at once, how many changes the log keeps, the operation's id, and
 * "1" or "". Answers how many it has done with; or, from a server that takes no writes now, all that are due: with "",
 * none of them.
 */
export function sweepScript(isSharded: boolean): Script {
  return script(sweep, announce(isSharded), "return done")
}

const sweep = `
local time = redis.call('TIME')
local now = string.format('%.0f', math.floor(time[1] * 1000 + time[2] / 1000))
local due = redis.call('ZRANGE', KEYS[1], '-inf', '(' .. now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
local done = 0
local tag = string.sub(KEYS[2], 1, -4)
for _, key in ipairs(due) do
  local left = redis.call('PTTL', tag .. 'r:' .. key)
  -- To a script the time stands still: what has ended since it began is there until the next.
  if left < 0 then
    local removed = redis.pcall('ZREM', KEYS[1], key)
    if type(removed) == 'table' then
      -- Redis 6.2 puts where that was before it.
      if not string.find(removed.err, 'MISCONF') and not string.find(removed.err, 'NOREPLICAS') then return removed end
      if ARGV[4] == '' then return 0 end
      return redis.call('ZRANGE', KEYS[1], '-inf', '(' .. now, 'BYSCORE')
    end
    done = done + 1
    if left == -2 and redis.call('ZREM', KEYS[3], key) == 1 then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'd', key, 'o', ARGV[3])
    end
  end
end
if done == 0 then return 0 end
`
