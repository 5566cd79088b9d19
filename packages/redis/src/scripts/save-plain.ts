import { announce, unlaid } from "./includes.ts"
import { findNewer } from "./newer.ts"
import { type Script, script } from "./script.ts"

/**
 * Writes values that have no expiry, fencing token or backup: what most saves are, in the fewest steps, and many of
 * one shard at once. Each is decided and done by itself: one that is refused holds up no other.
 *
 * Keys: index, log, expiry; and of each save its record, and to record a version also history and copies.
 * Arguments: how many changes the log keeps, shards; of each save the revision that must be there ("" any, "-" none; behind
 * a "!", a conflict is answered with the record that is there; "~" and "~d" as in `findNewer`), and the head of its record behind the change's id;
 * then "" or, with spaces between, the ids of the versions, "-" for none, of which all are kept; then the bytes of all.
 *
 * Answers the ids of the changes in one string, with spaces between; or, when one of them is something else, a
 * list: the id; or in a list CONFLICT or UNLAID, then nothing was written; or in a list OK, the id, expiry and the fencing token
 * that the key was written with before; or an error, then nothing was written.
 */
export function savePlainScript(isSharded: boolean): Script {
  return script(
    begin,
    findNewer("KEYS[2]"),
    save,
    each,
    `if isWritten then ${announce(isSharded)} end`,
    answer,
  )
}

// Numbers stand as text: the server formats what is none, which takes longer than most of the rest.
const begin = `
local call, try, match, sub = redis.call, redis.pcall, string.match, string.sub
local index, log, expiry = KEYS[1], KEYS[2], KEYS[3]
local changes, shards, versions, all = ARGV[1], ARGV[2], ARGV[#ARGV - 1], ARGV[#ARGV]
local tag = sub(log, 1, -4)
local keyFrom = #tag + 3
local isWritten = false
local laid
`

const save = `
local function save(record, history, copies, expected, head, operation, version, bytes)
  local text = try('GETRANGE', record, '0', '127')
  if type(text) == 'table' then return text end
  local key = sub(record, keyFrom)
  local id, before = match(text, '^P1 (%S+) (%S+) 0 %d+ %- %- ')
  local expiresAt, fence, body
  if not before and text ~= '' then
    id, before, expiresAt, fence, body = match(text, '^P1 (%S+) (%S+) (%d+) %d+ (%S+) (%S+) ')
    if not id then id, before, expiresAt, fence, body = '0-0', 'foreign', '0', '-', '-' end
  end
  if before == operation then return {'OK', id, expiresAt or '0', fence or '-', ''} end
  if not id then
    laid = laid or try('HGET', tag .. 'manifest', 'shards')
    if type(laid) == 'table' then return laid end
    if laid ~= shards then return {'${unlaid}'} end
    fence = try('HGET', tag .. 'f', key)
    if type(fence) == 'table' then return fence end
  end
  local newer
  if expected ~= '' then
    newer = findNewer(expected, key, operation, id, before)
    if string.byte(expected) == 126 then expected = '' end
    local isAsking = string.byte(expected) == 33
    if isAsking then expected = sub(expected, 2) end
    if expected ~= '' and expected ~= (id and id .. '.' .. before or '-') then
      if isAsking and id then return {'CONFLICT', call('GET', record)} end
      return {'CONFLICT'}
    end
  end
  local hadExpiry = expiresAt and expiresAt ~= '0'
  if not id or hadExpiry then
    local looked = try('ZCARD', id and expiry or index)
    if type(looked) == 'table' then return looked end
  end
  if body and body ~= '-' then
    local found = try('EXISTS', tag .. 'b:' .. body)
    if type(found) == 'table' then return found end
  end
  local copy, member
  if version then
    copy = 'v' .. version
    member = copy .. ' ' .. #bytes .. ' - ' .. match(head, '^ %S+ 0 %d+ %- %- (.*)\\n$')
    local done = try('HSET', copies, copy, bytes)
    if type(done) == 'table' then return done end
    done = try('ZADD', history, '0', member)
    if type(done) == 'table' then
      call('HDEL', copies, copy)
      return done
    end
  end
  if newer then return {'OK', newer, '0', fence or '-', ''} end
  local change
  if isWritten then
    change = try('XADD', log, '*', 's', key, 'o', operation)
  else
    change = try('XADD', log, 'MAXLEN', '~', changes, '*', 's', key, 'o', operation)
  end
  if type(change) == 'table' then
    if copy then
      call('ZREM', history, member)
      call('HDEL', copies, copy)
    end
    return change
  end
  isWritten = true
  if fence and fence ~= '-' then head = string.gsub(head, ' %- %- ', ' ' .. fence .. ' - ', 1) end
  call('SET', record, 'P1 ' .. change .. head .. bytes)
  if not id then call('ZADD', index, '0', key) end
  if hadExpiry then call('ZREM', expiry, key) end
  if body and body ~= '-' then call('UNLINK', tag .. 'b:' .. body) end
  if fence and fence ~= '-' then return {'OK', change, '0', fence, ''} end
  return change
end
`

const each = `
local nextVersion = versions ~= '' and string.gmatch(versions, '%S+')
local answers, isUniform, nextKey, from = {}, true, 4, 1
for at = 3, #ARGV - 3, 2 do
  local head = ARGV[at + 1]
  local operation, size = match(head, '^ (%S+) 0 (%d+)')
  local version = nextVersion and nextVersion()
  if version == '-' then version = nil end
  local till = from + size
  local reply = save(KEYS[nextKey], KEYS[nextKey + 1], KEYS[nextKey + 2], ARGV[at], head, operation, version, sub(all, from, till - 1))
  from, nextKey = till, nextKey + (version and 3 or 1)
  if type(reply) == 'table' then isUniform = false end
  answers[#answers + 1] = reply
end
`

const answer = `
if isUniform then return table.concat(answers, ' ') end
return answers
`
