/** A value with what must outlive the process; times are milliseconds since the epoch. */
export interface Envelope<V> {
  readonly format: "persist-cache-1"
  /** Left out for `undefined`. */
  readonly value?: V
  /** When it expires; left out for never. */
  readonly expiresAt?: number
  /** Until when it may be served stale, where that is later. */
  readonly staleUntil?: number
  /** How long it may be served stale once it is expired, where nothing says yet when that will be. */
  readonly staleTtl?: number
  readonly idleTtl?: number
  readonly weight?: number
  readonly tags?: readonly string[]
  readonly savedAt: number
  /** Which cache loaded it; left out where it was set. */
  readonly loadedBy?: string
}

/** What the tier has under a key. */
export interface Found<V> extends Envelope<V> {
  /** Somebody else saved it: there is nothing but the value. */
  readonly foreign?: boolean
}

/** When a tag, or everything, was last invalidated. */
export interface Mark {
  readonly format: "persist-cache-mark-1"
  readonly deletedAt: number
  readonly expiredAt: number
}

export const noMark: Mark = { format: "persist-cache-mark-1", deletedAt: 0, expiredAt: 0 }

export function isEnvelope(value: unknown): value is Envelope<unknown> {
  return formatOf(value) === "persist-cache-1"
}

export function isMark(value: unknown): value is Mark {
  return formatOf(value) === "persist-cache-mark-1"
}

function formatOf(value: unknown): unknown {
  return (value as { format?: unknown } | null | undefined)?.format
}
