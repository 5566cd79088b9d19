/** What caches tell each other; the messages of `@persist/cache` are such. */
export interface InvalidationMessage {
  /** Which cache says so. */
  readonly source: string
  readonly kind: "key" | "clear" | "deleteTag" | "expireTag"
  /** The key or the tag concerned; it must survive JSON. */
  readonly name?: unknown
}

/** Hears what other caches did, and when that may be incomplete. */
export interface BusListener {
  onMessage(message: InvalidationMessage): void
  /** Messages may have been missed: forget everything. */
  onReconnect(): void
}

/** Stands in the stream for messages that were too many to keep. */
export const gapText = "null"

/** The message that an entry of the stream carries; undefined where it stands for others. */
export function readMessage(text: string): InvalidationMessage | undefined {
  try {
    return (JSON.parse(text) as InvalidationMessage | null) ?? undefined
  } catch {
    return undefined
  }
}
