/**
 * Adds messages to the stream; each names the one before it, so that a reader sees when some are
 * missing, whether they were trimmed, lost in a failover or deleted with the stream.
 * KEYS: the stream. ARGV: how many messages to keep, a random whole number, then the messages.
 */
export const publishScript = `-- A full server lets values be deleted: caches have to hear of it, so what comes is let through by a write before it.
redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[1])
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local before, id = last and last[1] or '0-0', '*'
if not last and redis.call('EXISTS', KEYS[1]) == 0 then
  -- One that was removed may have had entries in this very millisecond: none of their ids may come again.
  local first = redis.call('XADD', KEYS[1], '*', 'p', before, 'm', '')
  redis.call('XDEL', KEYS[1], first)
  id = string.match(first, '^%d+') .. '-' .. ARGV[2]
end
for i = 3, #ARGV do
  before = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], id, 'p', before, 'm', ARGV[i])
  id = '*'
end
return before`

/** An entry of the stream as XREAD and XREVRANGE return it. */
export type StreamEntry = readonly [id: string, fields: readonly [string, string, string, string]]

/** Below 0 when the entry with id `one` came before that with id `other` (milliseconds and a count). */
export function compareIds(one: string, other: string): number {
  const [time = 0, count = 0] = one.split("-").map(Number)
  const [otherTime = 0, otherCount = 0] = other.split("-").map(Number)
  return time - otherTime || count - otherCount
}
