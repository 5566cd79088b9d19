import type { Entry, WriteRequest } from "@persist/core"
import { conflictError } from "../errors/write-errors.ts"
import type { Store } from "../store.ts"
import { decideBackup, noBackup } from "./backup.ts"
import { isPlain, type Save, type SaveResult, saveOf, sendPlain, sendRich } from "./save-call.ts"

/** Replaces the value of `key`. */
export function writeValue(
  store: Store,
  key: string,
  bytes: Uint8Array,
  request: WriteRequest,
): Promise<Entry> {
  const expected = expectedRevision(request.ifRevision)
  const life = lifeOf(request.expiresAt, store.clock(), expected)
  const save = saveOf(key, bytes, request, { expected, life, isAsking: false })
  if (request.backup !== undefined) return writeWithBackup(store, save)
  const sent = isPlain(save) ? sendPlain(store, save) : sendRich(store, save, noBackup)
  return sent.then((result) => entryIn(save, result))
}

async function writeWithBackup(store: Store, save: Save): Promise<Entry> {
  for (;;) {
    const backup = await decideBackup(store, save.key, save.request)
    const result = await sendRich(store, save, backup)
    if (result !== "changed") return entryIn(save, result)
  }
}

function entryIn(save: Save, result: SaveResult): Entry {
  if (result !== "changed" && "entry" in result) return result.entry
  throw conflictError(save.key)
}

/** The revision that must be there, as the scripts take it: "" for any, "-" for none. */
export function expectedRevision(ifRevision: string | null | undefined): string {
  if (ifRevision === undefined) return ""
  if (ifRevision === null) return "-"
  // What no revision looks like stays a revision: one that is never there.
  return /^\d/.test(ifRevision) ? ifRevision : "?"
}

/**
 * How long the value lives, as the script takes it, so that the server's clock alone decides: also where the expiry is
 * that of the value at revision `expected`, which is a time of that clock already.
 */
export function lifeOf(expiresAt: number | undefined, now: number, expected: string): string {
  if (expiresAt === undefined) return ""
  const life = String(Math.max(1, Math.ceil(expiresAt - now)))
  return expected === "" ? life : `${life}=${expiresAt}`
}
