import type { DeleteRequest, Entry, Retention, WriteRequest } from "@persist/core"
import { largestInline, type Staging, stageBody } from "../bodies/stage-body.ts"
import { Done } from "../connection/caller.ts"
import type { Argument, Reply } from "../connection/client.ts"
import { refusalOf } from "../errors/write-errors.ts"
import { copiesKey, historyKey, recordKey, type ShardKeys } from "../layout/keyspace.ts"
import { revisionOf, timeOf } from "../layout/record.ts"
import { storedKey } from "../layout/stored-key.ts"
import { readValue } from "../reading/reader.ts"
import type { Store } from "../store.ts"

/** One save under way. */
interface Save {
  readonly key: string
  readonly stored: string
  readonly shard: ShardKeys
  readonly bytes: Buffer
  readonly request: WriteRequest
}

/** Writes a value. */
export function writeValue(
  store: Store,
  key: string,
  bytes: Uint8Array,
  request: WriteRequest,
): Promise<Entry> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const save = { key, stored, shard, bytes: bufferOf(bytes), request }
  return isPlain(save) ? writePlain(store, save) : writeRich(store, save)
}

function isPlain({ bytes, request }: Save): boolean {
  const { version, backup, expiresAt, fence } = request
  return (
    version === undefined &&
    backup === undefined &&
    expiresAt === undefined &&
    fence === undefined &&
    bytes.length <= largestInline
  )
}

// The hot path: one script call with four keys, one string as its answer.
function writePlain(store: Store, save: Save): Promise<Entry> {
  const { key, stored, shard, bytes, request } = save
  const operation = store.nextOperation()
  const keys = [recordKey(shard, stored), shard.log, shard.index, shard.expiry]
  const arguments_ = [
    stored,
    operation,
    expectedOf(request.ifRevision),
    request.format,
    store.changes,
    bytes,
  ]
  const purpose = { operation: "save", key, signal: request.signal }
  return store
    .mutate(shard, store.scripts.save, keys, arguments_, purpose, operation)
    .then((reply) => savedEntry(save, operation, reply), ifDone(save, operation))
}

async function writeRich(store: Store, save: Save): Promise<Entry> {
  const { key, stored, shard, bytes, request } = save
  const purpose = { operation: "save", key, signal: request.signal }
  const fullKeys = [
    recordKey(shard, stored),
    shard.log,
    shard.index,
    shard.expiry,
    shard.fences,
    historyKey(shard, stored),
    copiesKey(shard, stored),
  ]
  const life = lifeOf(request.expiresAt, store.clock())
  for (;;) {
    const backup = await decideBackup(store, key, request)
    const isLarge = bytes.length > largestInline
    const staging: Staging | undefined = isLarge
      ? await stageBody(store, shard, bytes, purpose)
      : undefined
    const operation = store.nextOperation()
    const arguments_: Argument[] = [
      stored,
      operation,
      expectedOf(request.ifRevision),
      request.format,
      store.changes,
      isLarge ? "" : bytes,
      life,
      request.fence === undefined ? "" : String(request.fence),
      staging?.body ?? "",
      String(bytes.length),
      request.version ?? "",
      backup.id,
      backup.seen,
      ...retentionOf(request.retention, store.clock()),
    ]
    const reply = await store
      .mutate(shard, store.scripts.save, fullKeys, arguments_, purpose, operation)
      .catch(ifDone(save, operation, backup.id))
    if (!Array.isArray(reply)) return reply as Entry
    if (reply[0] === "UNSTAGED") await staging!.done
    else if (reply[0] !== "CHANGED") return savedEntry(save, operation, reply)
  }
}

/** Removes a value. */
export async function removeValue(
  store: Store,
  key: string,
  request: DeleteRequest,
): Promise<boolean> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const purpose = { operation: "delete", key, signal: request.signal }
  const keys = [
    recordKey(shard, stored),
    shard.log,
    shard.index,
    shard.expiry,
    shard.fences,
    historyKey(shard, stored),
    copiesKey(shard, stored),
  ]
  for (;;) {
    const backup = await decideBackup(store, key, request)
    const operation = store.nextOperation()
    const [, ...kept] = retentionOf(request.retention, store.clock())
    const arguments_ = [
      stored,
      operation,
      expectedOf(request.ifRevision),
      request.fence === undefined ? "" : String(request.fence),
      store.changes,
      request.history ? "1" : "",
      backup.id,
      backup.seen,
      ...kept,
    ]
    const reply = await store
      .mutate(shard, store.scripts.remove, keys, arguments_, purpose, operation)
      .catch((error) => {
        if (error instanceof Done) return 1
        throw error
      })
    if (!Array.isArray(reply)) return reply === 1
    const refusal = refusalOf(key, request.fence, reply)
    if (refusal !== undefined) throw refusal
  }
}

/** Which backup to make, and of what: damaged bytes never become one, and only we can tell. */
async function decideBackup(
  store: Store,
  key: string,
  { backup, isValid, signal }: WriteRequest | DeleteRequest,
): Promise<{ readonly id: string; readonly seen: string }> {
  if (backup === undefined) return { id: "", seen: "" }
  const current = await readValue(store, key, signal)
  if (current === undefined) return { id: "", seen: "-" }
  const { revision, format } = current.entry
  return { id: isValid(current.bytes, format) ? backup : "", seen: revision }
}

function savedEntry(save: Save, operation: string, reply: Reply): Entry {
  const { key, bytes, request } = save
  if (typeof reply === "string") {
    return {
      key,
      size: bytes.length,
      revision: revisionOf(reply, operation),
      savedAt: new Date(timeOf(reply)),
      format: request.format,
    }
  }
  const answer = reply as readonly string[]
  const refusal = refusalOf(key, request.fence, answer)
  if (refusal !== undefined) throw refusal
  const [, id, expiresAt, fence, backup] = answer as [string, string, string, string, string]
  return {
    key,
    size: bytes.length,
    revision: revisionOf(id, operation),
    savedAt: new Date(timeOf(id)),
    format: request.format,
    ...(expiresAt !== "0" && { expiresAt: new Date(Number(expiresAt)) }),
    ...(fence !== "-" && { fence: Number(fence) }),
    ...(request.version !== undefined && { version: request.version }),
    ...(backup !== "" && { backup }),
  }
}

/** The entry of a save whose answer was lost, but whose change was found. */
function ifDone(save: Save, operation: string, backup = "") {
  return (error: unknown): Entry => {
    if (!(error instanceof Done)) throw error
    const { expiresAt = 0, fence } = save.request
    const answer = ["OK", error.id, String(expiresAt), fence === undefined ? "-" : String(fence)]
    return savedEntry(save, operation, [...answer, backup])
  }
}

function expectedOf(ifRevision: string | null | undefined): string {
  if (ifRevision === undefined) return ""
  // What no revision looks like stays what it is, but is never taken for "any" or "none".
  return ifRevision === null ? "-" : ifRevision === "" || ifRevision === "-" ? "?" : ifRevision
}

/** How long the value lives, counted by the server's clock alone. */
function lifeOf(expiresAt: number | undefined, now: number): string {
  return expiresAt === undefined ? "" : String(Math.max(1, Math.ceil(expiresAt - now)))
}

/** As the scripts take it: counts, the oldest that stays, the time of new copies. */
function retentionOf({ versions, backups, maxAge }: Retention, now: number): string[] {
  const count = (most: number) => (Number.isFinite(most) ? String(most) : "")
  const oldest = Number.isFinite(maxAge) ? String(Math.floor(now - maxAge)) : ""
  return [count(versions), count(backups), oldest, String(Math.floor(now))]
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
