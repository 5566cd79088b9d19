import { createHash } from "node:crypto"
import {
  type HistoryEntry,
  type HistoryKind,
  historyIdTime,
  type StoredValue,
  storedKey,
} from "@persist/core"
import { readBody } from "../bodies/read-body.ts"
import { asBuffers } from "../connection/client.ts"
import { copiesKey, historyKey } from "../layout/keyspace.ts"
import type { Purpose, Store } from "../store.ts"

/** What the history of a key says of one copy. */
interface Copy {
  readonly kind: "v" | "b" | "d"
  readonly id: string
  readonly size: number
  /** Where its bytes lie; `undefined`: among the small copies. */
  readonly body: string | undefined
  readonly format: string
}

const kinds: Readonly<Record<string, HistoryKind>> = { v: "version", b: "backup" }
const pattern = /^([vbd])(\S+) (\d+) (\S+) (.*)$/s

/** Versions and backups of `key`, sorted by id. */
export async function listHistory(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<HistoryEntry[]> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const command = ["ZRANGE", historyKey(shard, stored), "0", "-1"]
  const members = await store.ask(shard.shard, command, { operation: "history", key, signal })
  return (members as string[])
    .map(parseCopy)
    .filter((copy) => copy !== undefined && copy.kind !== "d")
    .map((copy) => entryOf(copy!))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** The bytes of one version or backup. */
export async function readCopy(
  store: Store,
  key: string,
  id: string,
  signal: AbortSignal | undefined,
): Promise<StoredValue | undefined> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const purpose = { operation: "load", key, signal }
  const copy = await findCopy(store, shard.shard, historyKey(shard, stored), id, purpose)
  if (copy === undefined) return undefined
  const bytes =
    copy.body === undefined
      ? await store.ask(
          shard.shard,
          ["HGET", copiesKey(shard, stored), copy.kind + copy.id],
          purpose,
          asBuffers,
        )
      : await readBody(store, shard, copy, purpose)
  if (!Buffer.isBuffer(bytes)) return undefined
  const { size, format } = copy
  const savedAt = new Date(historyIdTime(id))
  return { bytes, entry: { key, size, revision: id, savedAt, format } }
}

async function findCopy(
  store: Store,
  shard: number,
  history: string,
  id: string,
  purpose: Purpose,
): Promise<Copy | undefined> {
  const found = await Promise.all(
    Object.keys(kinds).map((kind) => {
      const [from, to] = [`[${kind}${id} `, `(${kind}${id}!`]
      const command = ["ZRANGE", history, from, to, "BYLEX", "LIMIT", "0", "1"]
      return store.ask(shard, command, purpose)
    }),
  )
  const member = (found as string[][]).flat()[0]
  return member === undefined ? undefined : parseCopy(member)
}

const mostQuarantined = 10

/** Keeps damaged bytes aside: once for the same bytes, and only so many of a key. */
export async function quarantine(
  store: Store,
  key: string,
  { bytes, entry }: StoredValue,
): Promise<void> {
  const stored = storedKey(key)
  const shard = store.keyspace.of(stored)
  const id = createHash("sha256").update(bytes).digest("hex").slice(0, 32)
  const member = `d${id} ${bytes.length} - ${entry.format}`
  const keys = [historyKey(shard, stored), copiesKey(shard, stored)]
  const arguments_ = [`d${id}`, member, Buffer.from(bytes), String(mostQuarantined)]
  const purpose = { operation: "load", key, signal: undefined }
  await store.run(shard, store.scripts.quarantine, keys, arguments_, purpose)
}

function parseCopy(member: string): Copy | undefined {
  const match = pattern.exec(member)
  if (match === null) return undefined
  const [, kind, id, size, body, format] = match as unknown as [string, ...string[]]
  return {
    kind: kind as Copy["kind"],
    id: id!,
    size: Number(size),
    body: body === "-" ? undefined : body!,
    format: format!,
  }
}

function entryOf({ kind, id, size, format }: Copy): HistoryEntry {
  return { id, kind: kinds[kind]!, savedAt: new Date(historyIdTime(id)), size, format }
}
