import { type Entry, storedKey, type WriteRequest } from "@persist/core"
import { largestInline, type Staging, stageBody, thrownAway } from "../bodies/stage-body.ts"
import type { Argument, CommandMode, Reply } from "../connection/client.ts"
import { Done } from "../connection/done.ts"
import { isRefused, isUnlaidReply, refusalOf } from "../errors/write-errors.ts"
import { allKeys, bodyKey, type ShardKeys } from "../layout/keyspace.ts"
import { revisionOf, timeOf } from "../layout/record.ts"
import { unlessNewerOrDeleted } from "../scripts/newer.ts"
import type { Purpose, Store } from "../store.ts"
import { type Backup, noBackup, retentionOf } from "./backup.ts"
import type { PlainSave } from "./plain-saves.ts"

/** One value to be saved. */
export interface Save {
  readonly key: string
  readonly stored: string
  readonly bytes: Uint8Array
  readonly request: WriteRequest
  /** The revision that must be there, as the script takes it. */
  readonly expected: string
  /** How long it lives, as the script takes it. */
  readonly life: string
  /** Whether a conflict is to be answered with what is there. */
  readonly isAsking: boolean
}

/** What became of a save: its entry, or what is there instead. */
export type SaveResult =
  | { readonly entry: Entry }
  | { readonly conflict: Buffer | undefined }
  | "changed"

export function saveOf(
  key: string,
  bytes: Uint8Array,
  request: WriteRequest,
  { expected, life, isAsking }: Pick<Save, "expected" | "life" | "isAsking">,
): Save {
  return { key, stored: storedKey(key), bytes, request, expected, life, isAsking }
}

/** How often bytes are staged for one save at most. */
const mostStaged = 5

/** Whether the short script does for it: nothing expires by it, neither the value nor a copy. */
export function isPlain({ bytes, request, life }: Save): boolean {
  const { version, backup, fence, retention } = request
  return (
    (version === undefined || keepsAllVersions(retention)) &&
    backup === undefined &&
    fence === undefined &&
    life === "" &&
    bytes.length <= largestInline
  )
}

/** Sends a plain save, together with others of this moment: a hot path. */
export function sendPlain(store: Store, save: Save): Promise<SaveResult> {
  const { key, stored, bytes, request, isAsking } = save
  const { format, version, signal } = request
  const shard = store.keyspace.of(stored)
  const operation = store.nextOperation(save.expected !== "")
  const part: PlainSave = {
    kind: store.plainSavesOf(shard),
    stored,
    expected: isAsking ? `!${save.expected}` : save.expected,
    head: ` ${operation} 0 ${bytes.length} - - ${format}\n`,
    version,
    bytes,
  }
  return store.mutateTogether(shard, part, { operation: "save", key, signal }, operation).then(
    (reply) =>
      isUnlaidReply(reply)
        ? store.layout.askFor(shard).then(() => sendPlain(store, save))
        : resultOf(save, operation, reply),
    (error) => ifDone(save, operation, error, noBackup),
  )
}

/** Sends any save, its bytes before it when they are many. */
export function sendRich(
  store: Store,
  save: Save,
  backup: Backup,
  mode?: CommandMode,
): Promise<SaveResult> {
  if (save.bytes.length > largestInline) return sendLarge(store, save, backup, mode)
  const staged = { body: "", operation: store.nextOperation(save.expected !== "") }
  return sendStaged(store, save, backup, staged, mode).then((result) =>
    result === "again" ? sendRich(store, save, backup, mode) : result,
  )
}

async function sendLarge(
  store: Store,
  save: Save,
  backup: Backup,
  mode: CommandMode | undefined,
): Promise<SaveResult> {
  const { key, stored, bytes, request } = save
  const purpose = { operation: "save", key, signal: request.signal }
  let operation: string | undefined
  let sent = save
  for (let attempt = 1; ; attempt++) {
    const shard = store.keyspace.of(stored)
    const staging = await stageBody(store, shard, bufferOf(bytes), purpose)
    // The first goes out at once, perhaps before bytes that were turned away for now.
    if (attempt > 1) await staging.done
    operation ??= store.nextOperation(save.expected !== "")
    let result: SaveResult | "again"
    try {
      result = await sendStaged(store, sent, backup, { body: staging.body, operation }, mode)
    } catch (error) {
      // After any other error the save may have taken the bytes over, or may still do so.
      if (isRefused(error)) discard(store, shard, staging, purpose)
      throw error
    }
    if (typeof result === "object" && "entry" in result) return result
    discard(store, shard, staging, purpose)
    if (result !== "again") return result
    await staging.done
    if (attempt === mostStaged) throw thrownAway(key, bytes.length)
    // Perhaps it has given way, its answer was lost, and retention has dropped its copy: then it gives way again.
    if (save.expected === "") sent = { ...save, expected: unlessNewerOrDeleted }
  }
}

function sendStaged(
  store: Store,
  save: Save,
  backup: Backup,
  { body, operation }: { readonly body: string; readonly operation: string },
  mode: CommandMode | undefined,
): Promise<SaveResult | "again"> {
  const { key, stored, bytes, request, life } = save
  const shard = store.keyspace.of(stored)
  const arguments_ = [
    ...firstArguments(store, save, operation, body === "" ? bufferOf(bytes) : ""),
    life,
    request.fence === undefined ? "" : String(request.fence),
    body,
    String(bytes.length),
    request.version ?? "",
    backup.id,
    backup.seen,
    ...retentionOf(request.retention, store.clock()),
    store.shards,
  ]
  const purpose = { operation: "save", key, signal: request.signal }
  const { save: script } = store.scripts
  return store
    .mutate(shard, script, allKeys(shard, stored), arguments_, purpose, operation, mode)
    .then(
      (reply) => {
        const state = String((reply as readonly Reply[])[0])
        if (state === "CHANGED") return "changed"
        if (isUnlaidReply(reply)) return store.layout.askFor(shard).then(() => "again")
        return state === "UNSTAGED" ? "again" : resultOf(save, operation, reply)
      },
      (error) => ifDone(save, operation, error, backup),
    )
}

function keepsAllVersions({ versions, maxAge }: WriteRequest["retention"]): boolean {
  return versions === Number.POSITIVE_INFINITY && maxAge === Number.POSITIVE_INFINITY
}

function firstArguments(
  store: Store,
  { stored, expected, isAsking, request }: Save,
  operation: string,
  bytes: Argument,
): Argument[] {
  const wanted = isAsking ? `!${expected}` : expected
  return [stored, operation, wanted, request.format, store.changes, bytes]
}

function resultOf(save: Save, operation: string, reply: Reply): SaveResult {
  const { key, bytes, request, isAsking } = save
  if (!Array.isArray(reply)) {
    const id = String(reply)
    const { format, version } = request
    const revision = revisionOf(id, operation)
    const entry = { key, size: bytes.length, revision, savedAt: new Date(timeOf(id)), format }
    return { entry: version === undefined ? entry : { ...entry, version } }
  }
  const state = String(reply[0])
  if (isAsking && state === "CONFLICT") return { conflict: reply[1] as Buffer | undefined }
  const refusal = refusalOf(key, request.fence, reply)
  if (refusal !== undefined) throw refusal
  const [, id, expiresAt, fence, backup] = reply.map(String) as [string, ...string[]]
  return {
    entry: {
      key,
      size: bytes.length,
      revision: revisionOf(id!, operation),
      savedAt: new Date(timeOf(id!)),
      format: request.format,
      ...(expiresAt !== "0" && { expiresAt: new Date(Number(expiresAt)) }),
      ...(fence !== "-" && { fence: Number(fence) }),
      ...(request.version !== undefined && { version: request.version }),
      ...(backup !== "" && { backup: backup! }),
    },
  }
}

/** The result of a save whose answer was lost, but whose change was found. */
function ifDone(save: Save, operation: string, error: unknown, backup: Backup): SaveResult {
  if (!(error instanceof Done)) throw error
  const { expiresAt = 0, fence } = save.request
  const found = ["OK", error.id, String(expiresAt), fence === undefined ? "-" : String(fence)]
  return resultOf(save, operation, [...found, backup.id])
}

/** Removes bytes that no save took over; without it they go by themselves a little later. */
function discard(store: Store, shard: ShardKeys, { body }: Staging, purpose: Purpose): void {
  store.ask(shard.shard, ["UNLINK", bodyKey(shard, body)], purpose).catch(() => {})
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
