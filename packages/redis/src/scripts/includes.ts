import { longestHead } from "../layout/record.ts"

/** Reads what stands before the bytes of a record; a foreign text counts as a record of its own. */
export const readHead: string = `
local function readHead(key)
  local text = redis.call('GETRANGE', key, 0, ${longestHead - 1})
  if text == '' then return nil end
  local id, operation, expiresAt, size, fence, body, format =
    string.match(text, '^P1 (%S+) (%S+) (%d+) (%d+) (%S+) (%S+) ([^\\n]*)\\n')
  if not id then
    return { id = '0-0', operation = 'foreign', expiresAt = '0', size = '0', fence = '-', body = '-', format = '.unknown' }
  end
  return { id = id, operation = operation, expiresAt = expiresAt, size = size, fence = fence, body = body, format = format,
    length = string.find(text, '\\n', 1, true) }
end
local function revisionOf(head) return head.id .. '.' .. head.operation end
`

/** Fails where a body is on another node of a cluster, or would be put there, while the slot moves. */
export const requireBody: string = `
local function requireBody(body)
  if body ~= '-' then redis.call('EXISTS', tag .. 'b:' .. body) end
end
`

/** Keeps copies of a key, and removes those that retention does not keep. */
export const keepHistory: string = `
local tag = string.sub(KEYS[2], 1, -4)
local function inPieces(command, of, all)
  for from = 1, #all, 1000 do redis.call(command, of, unpack(all, from, math.min(from + 999, #all))) end
end
-- False where a body is on another node of a cluster while the slot moves: then all are dropped another time.
local function dropBytes(copies, members)
  local names, bodies = {}, {}
  for _, member in ipairs(members) do
    local name, body = string.match(member, '^(%S+) %d+ (%S+) ')
    if body == '-' then
      names[#names + 1] = name
    else
      bodies[#bodies + 1] = tag .. 'b:' .. body
      if type(redis.pcall('EXISTS', bodies[#bodies])) == 'table' then return false end
    end
  end
  inPieces('HDEL', copies, names)
  for _, body in ipairs(bodies) do redis.call('UNLINK', body) end
  return true
end
-- As expiredHistory of core: copies from a clock that was ahead go first, and never the one that was added.
local function expireCopies(history, copies, kind, keep, oldest, ahead, added)
  if keep == '' and oldest == '' then return end
  local first, last = '[' .. kind, '(' .. string.char(string.byte(kind) + 1)
  local soonest = kind .. ahead
  local function dropFirst(from, till, most)
    if most < 1 then return 0 end
    local members = {}
    for _, member in ipairs(redis.call('ZRANGE', history, from, till, 'BYLEX', 'LIMIT', 0, most + 1)) do
      if #members < most and string.match(member, '^.(%S+)') ~= added then members[#members + 1] = member end
    end
    if #members == 0 or not dropBytes(copies, members) then return 0 end
    inPieces('ZREM', history, members)
    return #members
  end
  if keep ~= '' then
    local more = redis.call('ZLEXCOUNT', history, first, last) - tonumber(keep)
    dropFirst(first, last, more - dropFirst('[' .. soonest, last, more))
  end
  if oldest ~= '' then
    -- The newest stays, which is the one that was added.
    local spared = added < ahead and 1 or 0
    dropFirst(first, '(' .. kind .. oldest, redis.call('ZLEXCOUNT', history, first, '(' .. soonest) - spared)
  end
end
local function keepCopy(history, copies, kind, id, size, body, format, bytes)
  redis.call('ZADD', history, 0, kind .. id .. ' ' .. size .. ' ' .. body .. ' ' .. format)
  if body == '-' then redis.call('HSET', copies, kind .. id, bytes) end
end
`

/**
 * Whether a shard is no longer, or not yet, laid out as the caller thinks: asked where nothing is found, so after a
 * `FLUSHALL` too.
 *
 * @param tag What its keys start with, as Lua. @param shards How many shards the caller knows of.
 */
export function isUnlaid(tag: string, shards: string): string {
  return `redis.call('HGET', ${tag} .. 'manifest', 'shards') ~= ${shards}`
}

/** What a script answers then, having written nothing. */
export const unlaid = "UNLAID"

/** Tells watchers that the log has grown. `PUBLISH` goes to every server of a cluster, `SPUBLISH` to one.
 * Where that is forbidden, the write has been done all the same. */
export function announce(isSharded: boolean): string {
  return `redis.pcall('${isSharded ? "SPUBLISH" : "PUBLISH"}', KEYS[2], '')`
}
