import { announce } from "./includes.ts"
import { type Script, script } from "./script.ts"

/**
 * Writes a value that has no expiry, fencing token or backup: what most saves are, in the fewest steps.
 *
 * Keys: record, log, index, expiry; to record a version also history, copies. Arguments: the key, the operation's id, the revision that must be there ("" any,
 * "-" none; behind a "!", a conflict is answered with the record that is there), the format, how many changes the
 * log keeps, the bytes; the id of the version, of which all are kept.
 *
 * Answers the id of the change; or in a list CONFLICT: then nothing was written; or OK, the id, "0" and the fencing
 * token that the key was written with before.
 */
export function savePlainScript(isSharded: boolean): Script {
  return script(save, announce(isSharded), answer)
}

const save = `
local call = redis.call
local key, operation, expected = ARGV[1], ARGV[2], ARGV[3]
local text = call('GETRANGE', KEYS[1], 0, 127)
local id, before, expiresAt, fence, body
if text ~= '' then
  id, before, expiresAt, fence, body = string.match(text, '^P1 (%S+) (%S+) (%d+) %d+ (%S+) (%S+) ')
  if before == operation then return {'OK', id, expiresAt, fence, ''} end
  if not id then id, before, expiresAt, fence, body = '0-0', 'foreign', '0', '-', '-' end
end
if expected ~= '' then
  local isAsking = string.byte(expected) == 33
  if isAsking then expected = string.sub(expected, 2) end
  if expected ~= '' and expected ~= (id and id .. '.' .. before or '-') then
    if isAsking and id then return {'CONFLICT', call('GET', KEYS[1])} end
    return {'CONFLICT'}
  end
end
if not id then
  fence = '-'
  call('ZCARD', KEYS[3])
elseif expiresAt ~= '0' then
  call('ZCARD', KEYS[4])
end
local copy, member
if KEYS[5] then
  copy, member = 'v' .. ARGV[7], 'v' .. ARGV[7] .. ' ' .. #ARGV[6] .. ' - ' .. ARGV[4]
  call('HSET', KEYS[6], copy, ARGV[6])
  local failed = redis.pcall('ZADD', KEYS[5], 0, member)
  if type(failed) == 'table' then
    call('HDEL', KEYS[6], copy)
    return failed
  end
end
id = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 's', key, 'o', operation)
if type(id) == 'table' then
  if copy then
    call('ZREM', KEYS[5], member)
    call('HDEL', KEYS[6], copy)
  end
  return id
end
call('SET', KEYS[1], 'P1 ' .. id .. ' ' .. operation .. ' 0 ' .. #ARGV[6] .. ' ' .. fence .. ' - ' .. ARGV[4] .. '\\n' .. ARGV[6])
if not before then
  call('ZADD', KEYS[3], 0, key)
else
  if expiresAt ~= '0' then call('ZREM', KEYS[4], key) end
  if body ~= '-' then call('UNLINK', string.sub(KEYS[2], 1, -4) .. 'b:' .. body) end
end
`

const answer = `
if fence == '-' then return id end
return {'OK', id, '0', fence, ''}
`
