import type { DeleteRequest, Retention, StoredValue, WriteRequest } from "@persist/core"
import { readValue } from "../reading/reader.ts"
import type { Store } from "../store.ts"

/** Which backup to make, and of what, as the scripts take it. */
export interface Backup {
  /** "": none. */
  readonly id: string
  /** The revision that this was decided for; "-": of nothing; "": of whatever there is. */
  readonly seen: string
}

export const noBackup: Backup = Object.freeze({ id: "", seen: "" })

/** Decides by the value that is there now: damaged bytes never become a backup, and only we can tell. */
export async function decideBackup(
  store: Store,
  key: string,
  request: WriteRequest | DeleteRequest,
): Promise<Backup> {
  return backupOf(await readValue(store, key, request.signal), request)
}

export function backupOf(
  current: StoredValue | undefined,
  { backup, isValid }: WriteRequest | DeleteRequest,
): Backup {
  if (backup === undefined) return noBackup
  if (current === undefined) return { id: "", seen: "-" }
  const { revision, format } = current.entry
  return { id: isValid(current.bytes, format) ? backup : "", seen: revision }
}

const digits = "0123456789abcdefghjkmnpqrstvwxyz"

// Milliseconds; as core has it.
const mostAhead = 60_000

/** As the scripts take it: how many versions and backups stay, from which id on, and from which on a clock was ahead. */
export function retentionOf({ versions, backups, maxAge }: Retention, now: number): string[] {
  const count = (most: number) => (Number.isFinite(most) ? String(most) : "")
  const oldest = Number.isFinite(maxAge) ? idsAt(now - maxAge) : ""
  return [count(versions), count(backups), oldest, idsAt(now + mostAhead + 1)]
}

/** How the history ids of that millisecond begin: ids sort by their time, which their first ten characters are. */
export function idsAt(time: number): string {
  let text = ""
  for (let rest = Math.max(0, Math.floor(time)); text.length < 10; rest = Math.floor(rest / 32)) {
    text = digits[rest % 32]! + text
  }
  return text
}
