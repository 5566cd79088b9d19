/**
 * Adds messages to the stream; each names the one before it, so that a reader sees when some are
 * missing, whether they were trimmed, lost in a failover or deleted with the stream.
 * KEYS: the stream. ARGV: how many messages to keep, then the messages.
 */
export const publishScript = `local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local before = last and last[1] or '0-0'
for i = 2, #ARGV do
  before = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'p', before, 'm', ARGV[i])
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
