/** What a write that is sent again requires instead of any revision: not to take the place of what was asked for later. */
export const unlessNewer = "~"

/** The same where that may have been a delete, which only the change log tells. */
export const unlessNewerOrDeleted = "~d"

/** How far back in the log something is looked for. */
export const mostLooked = 5_000

/**
 * Finds what was asked for after an operation, and was done before it: the id of that change. Operations of one
 * storage begin with eight characters of its own, and are counted behind them, in base 36. Those that are apart have
 * another character before that, so they are never found.
 *
 * @param log The key of the log, as Lua.
 */
export function findNewer(log: string): string {
  return `
local deletes
local function isOlder(operation, other)
  return string.sub(operation, 1, 8) == string.sub(other, 1, 8)
    and tonumber(string.sub(operation, 9), 36) < tonumber(string.sub(other, 9), 36)
end
local function findNewer(wish, key, operation, id, other)
  if string.byte(wish) ~= 126 then return end
  if not id and wish == '${unlessNewerOrDeleted}' then
    if not deletes then
      deletes = {}
      for _, entry in ipairs(redis.call('XREVRANGE', ${log}, '+', '-', 'COUNT', ${mostLooked})) do
        local kind, name, _, by = unpack(entry[2])
        if kind == 'd' and not deletes[name] then deletes[name] = { entry[1], by } end
      end
    end
    if deletes[key] then id, other = unpack(deletes[key]) end
  end
  if id and isOlder(operation, other) then return id end
end
`
}

/** Lets what gives way leave its fencing token behind, also in the record that it gives way to. Keys as for a save. */
export const markFence = `
local function markFence(fence)
  redis.call('HSET', KEYS[5], ARGV[1], fence)
  local record = redis.call('GET', KEYS[1])
  if not record then return end
  record = string.gsub(record, '^(P1 %S+ %S+ %d+ %d+ )%S+', '%1' .. fence, 1)
  redis.call('SET', KEYS[1], record, 'KEEPTTL')
end
`
