import { mkdirSync, unlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import { writeFileAtomic, writeFileAtomicSync } from "@persist/atomic"
import {
  type DeleteRequest,
  type Durability,
  type Entry,
  expiredHistory,
  type HistoryKind,
  PersistError,
  type Retention,
  type WriteRequest,
} from "@persist/core"
import { throwIfAborted } from "@persist/core/options"
import { type History, savedAt } from "../history/history.ts"
import { isLongPath } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import type { LongKeys } from "../keys/long-keys.ts"
import { assertContained, isMissing } from "../reading/containment.ts"
import { type Located, locateAll } from "../reading/locate.ts"
import { readSnapshotSync } from "../reading/read-file.ts"
import { entryOf, revisionOf } from "../reading/revision.ts"

/** What a writer works with. */
export interface WriterContext {
  readonly layout: Layout
  readonly longKeys: LongKeys
  readonly history: History
  readonly durability: Durability
  readonly clock: () => number
}

/** Replaces and removes current values, and keeps the history of both. */
export class Writer {
  readonly #context: WriterContext

  constructor(context: WriterContext) {
    this.#context = context
  }

  async write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    throwIfAborted(request.signal, `Saving "${key}"`)
    const { path, before } = this.#prepare(key, bytes, request)
    const { durability } = this.#context
    await writeFileAtomic(path, bytes, {
      durability,
      ...(request.signal && { signal: request.signal }),
    })
    return this.#finish(key, path, before, request)
  }

  writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    const { path, before } = this.#prepare(key, bytes, request)
    mkdirSync(dirname(path), { recursive: true })
    writeFileAtomicSync(path, bytes, { durability: this.#context.durability })
    return this.#finish(key, path, before, request)
  }

  async delete(key: string, request: DeleteRequest): Promise<boolean> {
    const before = locateAll(this.#context.layout, key)
    checkRevision(key, before[0], request.ifRevision)
    if (before[0]) this.#backUp(key, before[0], request)
    for (const { path } of before) unlinkSync(path)
    if (request.history) {
      for (const kind of ["version", "backup"] as const) {
        for (const { path } of this.#context.history.files(kind, key)) removeFile(path)
      }
    }
    return before.length > 0
  }

  #prepare(key: string, bytes: Uint8Array, request: WriteRequest) {
    const { layout, longKeys } = this.#context
    const canonical = layout.canonical(key, request.format)
    assertContained(layout.root, canonical)
    const before = locateAll(layout, key)
    checkRevision(key, before[0], request.ifRevision)
    if (isLongPath(canonical)) longKeys.keep(key)
    if (before[0]) this.#backUp(key, before[0], request)
    if (request.version !== undefined) {
      this.#keep("version", key, request.version, request.format, bytes)
    }
    const same = before.find(({ format }) => format === request.format)
    return { path: same?.path ?? join(layout.root, canonical), before }
  }

  #finish(key: string, path: string, before: readonly Located[], request: WriteRequest): Entry {
    for (const { path: other } of before) if (other !== path) removeFile(other)
    this.#expire(key, request.retention, [
      ...(request.version === undefined ? [] : (["version"] as const)),
      ...(request.backup === undefined ? [] : (["backup"] as const)),
    ])
    const { facts } = locateAll(this.#context.layout, key)[0]!
    const entry = entryOf(key, request.format, path, facts)
    return {
      ...entry,
      ...(request.version !== undefined && { version: request.version }),
      ...(request.backup !== undefined && before.length > 0 && { backup: request.backup }),
    }
  }

  #backUp(
    key: string,
    before: Located,
    request: Pick<WriteRequest, "backup" | "isValid" | "retention">,
  ): void {
    if (request.backup === undefined) return
    const { bytes } = readSnapshotSync(before.path)
    if (!request.isValid(bytes, before.format)) return
    this.#keep("backup", key, request.backup, before.format, bytes)
  }

  #keep(kind: HistoryKind, key: string, id: string, format: string, bytes: Uint8Array): void {
    const folder = this.#context.history.folder(kind, key)
    mkdirSync(folder, { recursive: true })
    writeFileAtomicSync(join(folder, id + format), bytes, {
      durability: this.#context.durability,
    })
  }

  #expire(key: string, retention: Retention, kinds: readonly HistoryKind[]): void {
    for (const kind of kinds) {
      const files = this.#context.history.files(kind, key)
      const entries = files.map((file) => ({ ...file, savedAt: savedAt(file.id), size: 0 }))
      const expired = new Set(expiredHistory(entries, retention, this.#context.clock()))
      for (const { id, path } of files) if (expired.has(id)) removeFile(path)
    }
  }
}

function checkRevision(
  key: string,
  current: Located | undefined,
  wanted: string | null | undefined,
): void {
  if (wanted === undefined) return
  const actual = current === undefined ? null : revisionOf(current.facts)
  if (actual === wanted) return
  throw new PersistError(
    "ERR_PERSIST_CONFLICT",
    `"${key}" is not at revision ${wanted} but ${actual ?? "missing"}: somebody else wrote it; load it again.`,
    { key, details: { expected: wanted, actual } },
  )
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
