import { announce, isUnlaid, keepHistory, readHead, requireBody, unlaid } from "./includes.ts"
import { findNewer, markFence, mostLooked } from "./newer.ts"
import { type Script, script } from "./script.ts"

/**
 * Removes a value.
 *
 * Keys: record, log, index, expiry, fences, history, copies.
 * Arguments: the key, the operation's id, the revision that must be there or "" (or as in `findNewer`), fencing token
 * or "", how many changes the log keeps, and:
 *  6 to remove the history too: when that was asked for, as history ids begin; or ""
 *  7 id of the backup to make, or ""
 *  8 revision that was looked at before that was decided, or ""
 *  9 how many backups are kept, or ""; 10 copies with an id below this go, or ""; 11 those with an id from this on are
 *    of a clock that was ahead
 * 12 shards
 *
 * Answers 1 or 0 for whether it was there; or CONFLICT, FENCED with the mark, CHANGED, UNLAID: then nothing was done.
 */
export function removeScript(isSharded: boolean): Script {
  return script(
    readHead,
    keepHistory,
    requireBody,
    findNewer("KEYS[2]"),
    markFence,
    check,
    write,
    announce(isSharded),
    "return 1",
  )
}

const check = `
-- A full server refuses to add anything unless the script has written before.
local function letThrough() redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', ARGV[5]) end
local function dropHistory(isLaterKept)
  if ARGV[6] == '' then return end
  local members = redis.call('ZRANGE', KEYS[6], 0, -1)
  if isLaterKept then
    local older = {}
    for _, member in ipairs(members) do
      local isLater = string.match(member, '^[vb]') and string.sub(member, 2, 11) >= ARGV[6]
      if not isLater then older[#older + 1] = member end
    end
    inPieces('ZREM', KEYS[6], older)
    dropBytes(KEYS[7], older)
  else
    dropBytes(KEYS[7], members)
    redis.call('UNLINK', KEYS[6], KEYS[7])
  end
end
local function wasThereBefore(id)
  local entries = redis.call('XREVRANGE', KEYS[2], '(' .. id, '-', 'COUNT', ${mostLooked})
  for _, entry in ipairs(entries) do
    local kind, name, _, by = unpack(entry[2])
    if name == ARGV[1] and not isOlder(ARGV[2], by) then return kind == 's' and 1 or 0 end
  end
  local isWhole = #entries < ${mostLooked} and redis.call('XLEN', KEYS[2]) < tonumber(ARGV[5])
  return isWhole and 0 or 1
end
if ARGV[6] ~= '' then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do
    requireBody(string.match(member, '^%S+ %d+ (%S+) '))
  end
end
local key, operation, expected, fence = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local current = readHead(KEYS[1])
if not current and ${isUnlaid("tag", "ARGV[12]")} then return {'${unlaid}'} end
if fence ~= '' then
  local mark = redis.call('HGET', KEYS[5], key)
  if mark and tonumber(fence) < tonumber(mark) then return {'FENCED', mark} end
end
if current and findNewer(expected, key, operation, current.id, current.operation) then
  redis.call('HLEN', KEYS[7])
  if fence ~= '' then
    letThrough()
    markFence(fence)
  end
  dropHistory(true)
  return wasThereBefore(current.id)
end
if string.sub(expected, 1, 1) == '~' then expected = '' end
local revision = current and revisionOf(current) or '-'
if expected ~= '' and expected ~= revision then return {'CONFLICT'} end
if ARGV[8] ~= '' and ARGV[8] ~= revision then return {'CHANGED'} end
redis.call('ZCARD', KEYS[3])
redis.call('ZCARD', KEYS[4])
redis.call('ZCARD', KEYS[6])
redis.call('HLEN', KEYS[7])
if current then requireBody(current.body) end
`

const write = `
if current or fence ~= '' then letThrough() end
local id
if current then
  id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'd', key, 'o', operation)
end
if fence ~= '' then redis.call('HSET', KEYS[5], key, fence) end
if current then
  if ARGV[7] ~= '' then
    local old = ''
    if current.body == '-' then
      old = string.sub(redis.call('GET', KEYS[1]), current.length + 1)
    else
      redis.call('PERSIST', tag .. 'b:' .. current.body)
    end
    keepCopy(KEYS[6], KEYS[7], 'b', ARGV[7], current.size, current.body, current.format, old)
    expireCopies(KEYS[6], KEYS[7], 'b', ARGV[9], ARGV[10], ARGV[11], ARGV[7])
  elseif current.body ~= '-' then
    redis.call('UNLINK', tag .. 'b:' .. current.body)
  end
  redis.call('UNLINK', KEYS[1])
  redis.call('ZREM', KEYS[3], key)
  redis.call('ZREM', KEYS[4], key)
end
dropHistory(false)
if not current then return 0 end
`
