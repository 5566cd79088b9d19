import { announce, isUnlaid, keepHistory, readHead, requireBody, unlaid } from "./includes.ts"
import { findNewer, markFence } from "./newer.ts"
import { type Script, script } from "./script.ts"

/**
 * Writes a value, with all that a save can ask for.
 *
 * Keys: record, log, index, expiry, fences, history, copies.
 * Arguments: the key, the operation's id, the revision that must be there ("" any, "-" none; behind a
 * "!", a conflict is answered with the record that is there; "~" and "~d" as in `findNewer`), the format, how many changes the log keeps, the bytes,
 * and:
 *  7 "", or milliseconds to live; behind them perhaps "=" and a time of the server's clock: what is there and expires
 *    then goes on to do so
 *  8 fencing token, or ""
 *  9 where the bytes were staged, or ""; 10 their size
 * 11 id of the version to record, or ""
 * 12 id of the backup to make, or ""
 * 13 revision that was looked at before that was decided, "-" for none, "" for not looked
 * 14, 15 how many versions and backups are kept, "" for all; 16 copies with an id below this go, "" for none;
 *    17 those with an id from this on are of a clock that was ahead
 * 18 shards
 *
 * Answers OK, the id of the change, expiry, fencing token and backup; or CONFLICT, FENCED with the mark, CHANGED, UNSTAGED, UNLAID: then nothing was
 * written.
 */
export function saveScript(isSharded: boolean): Script {
  return script(
    readHead,
    keepHistory,
    requireBody,
    findNewer("KEYS[2]"),
    markFence,
    check,
    write,
    announce(isSharded),
    answer,
  )
}

const check = `
local key, operation, expected = ARGV[1], ARGV[2], ARGV[3]
local current = readHead(KEYS[1])
if current and current.operation == operation then
  return {'OK', current.id, current.expiresAt, current.fence, ARGV[12] or ''}
end
if not current and ${isUnlaid("tag", "ARGV[18]")} then return {'${unlaid}'} end
local fence, mark = ARGV[8], nil
if fence ~= '' or not current then mark = redis.call('HGET', KEYS[5], key) end
if fence == '' then
  fence = current and current.fence or mark or '-'
elseif mark and tonumber(fence) < tonumber(mark) then
  return {'FENCED', mark}
end
local newer = findNewer(expected, key, operation, current and current.id, current and current.operation)
if string.sub(expected, 1, 1) == '~' then expected = '' end
local isAsking = string.sub(expected, 1, 1) == '!'
if isAsking then expected = string.sub(expected, 2) end
if expected ~= '' and expected ~= (current and revisionOf(current) or '-') then
  if isAsking and current then return {'CONFLICT', redis.call('GET', KEYS[1])} end
  return {'CONFLICT'}
end
local isGivingWay = newer and ARGV[12] == ''
local size, body, bytes, expiresAt = #ARGV[6], '-', ARGV[6], '0'
if ARGV[13] ~= '' and ARGV[13] ~= (current and revisionOf(current) or '-') then return {'CHANGED'} end
if ARGV[9] ~= '' then
  body, size, bytes = ARGV[9], ARGV[10], ''
  local staged = redis.call('STRLEN', tag .. 'b:' .. body)
  -- What has given way once finds none, but perhaps its copy: staged anew, it would take the later one's place.
  if isGivingWay and ARGV[11] == '' then
    staged = tonumber(size)
  elseif isGivingWay and staged == 0 then
    staged = redis.call('STRLEN', tag .. 'b:' .. body .. 'v')
  end
  if staged ~= tonumber(size) then return {'UNSTAGED'} end
end
local life, ends = string.match(ARGV[7], '^(%d+)=?(.*)$')
if life and current and current.expiresAt == ends then
  expiresAt = ends
elseif life then
  local time = redis.call('TIME')
  expiresAt = string.format('%.0f', math.floor(time[1] * 1000 + time[2] / 1000) + tonumber(life))
end
local isBackingUp = ARGV[12] ~= '' and current
if ARGV[11] ~= '' or isBackingUp then
  redis.call('ZCARD', KEYS[6])
  redis.call('HLEN', KEYS[7])
end
local hadExpiry = current and current.expiresAt ~= '0'
if expiresAt ~= '0' or hadExpiry then redis.call('ZCARD', KEYS[4]) end
if not current then redis.call('ZCARD', KEYS[3]) end
if current then requireBody(current.body) end
if ARGV[11] ~= '' and body ~= '-' then requireBody(body .. 'v') end
`

// From here on everything has been looked at that could fail: a script that fails leaves what it has written.
const write = `
-- A copy of its own: the staged bytes are taken back by a caller who is told that nothing was done.
local function keepVersion()
  local copy = body
  if copy ~= '-' then
    copy = copy .. 'v'
    redis.call('COPY', tag .. 'b:' .. body, tag .. 'b:' .. copy)
    redis.call('PERSIST', tag .. 'b:' .. copy)
  end
  keepCopy(KEYS[6], KEYS[7], 'v', ARGV[11], size, copy, ARGV[4], bytes)
end
if isGivingWay then
  if ARGV[8] ~= '' then markFence(fence) end
  if ARGV[11] ~= '' then
    keepVersion()
    -- Not the newest: a later one has been saved.
    expireCopies(KEYS[6], KEYS[7], 'v', ARGV[14], ARGV[16], ARGV[17], '')
  end
  if body ~= '-' then redis.call('UNLINK', tag .. 'b:' .. body) end
  return {'OK', newer, expiresAt, fence, ''}
end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 's', key, 'o', operation)
local old = ''
local kept = ''
if isBackingUp then
  kept = ARGV[12]
  if current.body == '-' then
    old = string.sub(redis.call('GET', KEYS[1]), current.length + 1)
  else
    redis.call('PERSIST', tag .. 'b:' .. current.body)
  end
  keepCopy(KEYS[6], KEYS[7], 'b', kept, current.size, current.body, current.format, old)
elseif current and current.body ~= '-' then
  redis.call('UNLINK', tag .. 'b:' .. current.body)
end
local record = 'P1 ' .. id .. ' ' .. operation .. ' ' .. expiresAt .. ' ' .. size .. ' ' .. fence .. ' ' .. body .. ' ' .. ARGV[4] .. '\\n' .. bytes
if expiresAt == '0' then
  redis.call('SET', KEYS[1], record)
  if hadExpiry then redis.call('ZREM', KEYS[4], key) end
  if body ~= '-' then redis.call('PERSIST', tag .. 'b:' .. body) end
else
  redis.call('SET', KEYS[1], record, 'PXAT', expiresAt)
  redis.call('ZADD', KEYS[4], expiresAt, key)
  if body ~= '-' then redis.call('PEXPIREAT', tag .. 'b:' .. body, string.format('%.0f', expiresAt + 60000)) end
end
if not current then redis.call('ZADD', KEYS[3], 0, key) end
if ARGV[8] ~= '' then redis.call('HSET', KEYS[5], key, fence) end
if ARGV[11] ~= '' then keepVersion() end
if ARGV[11] ~= '' or kept ~= '' then
  expireCopies(KEYS[6], KEYS[7], 'v', ARGV[14], ARGV[16], ARGV[17], ARGV[11])
  expireCopies(KEYS[6], KEYS[7], 'b', ARGV[15], ARGV[16], ARGV[17], kept)
end
`

const answer = "return {'OK', id, expiresAt, fence, kept}"
