import { readdirSync } from "node:fs"
import { join } from "node:path"
import { type HistoryEntry, type HistoryKind, historyIdTime, type StoredValue } from "@persist/core"
import type { Layout } from "../keys/layout.ts"
import { factsOf, isMissing } from "../reading/containment.ts"
import { readSnapshot, readSnapshotSync } from "../reading/read-file.ts"
import { entryOf } from "../reading/revision.ts"

const kinds: readonly HistoryKind[] = ["version", "backup"]

/** One kept copy as a file. */
export interface HistoryFile {
  readonly id: string
  readonly kind: HistoryKind
  readonly format: string
  /** Absolute. */
  readonly path: string
}

/** The versions and backups of values: `.persist/versions/<key>/<id>.json`, and `backups` likewise. */
export class History {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** Where the copies of one kind of `key` lie; absolute. */
  folder(kind: HistoryKind, key: string): string {
    return this.#layout.internal(`${kind}s`, key)
  }

  /** The copies of one kind, sorted by id. */
  files(kind: HistoryKind, key: string): HistoryFile[] {
    const folder = this.folder(kind, key)
    return namesIn(folder)
      .flatMap((name): HistoryFile[] => {
        const id = name.slice(0, 26)
        const format = name.slice(26)
        if (Number.isNaN(historyIdTime(id)) || !/^\.[\w.-]+$/.test(format)) return []
        return [{ id, kind, format, path: join(folder, name) }]
      })
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Every copy of `key`, sorted by id. */
  entries(key: string): HistoryEntry[] {
    return kinds
      .flatMap((kind) => this.files(kind, key))
      .flatMap(({ id, kind, format, path }) => {
        const facts = factsOf(path)
        if (!facts?.isFile()) return []
        return [{ id, kind, format, savedAt: savedAt(id), size: facts.size }]
      })
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async read(key: string, id: string, signal?: AbortSignal): Promise<StoredValue | undefined> {
    const file = this.find(key, id)
    if (file === undefined) return undefined
    try {
      const { bytes, facts } = await readSnapshot(file.path, signal)
      return { bytes, entry: copyEntry(key, file, facts) }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  readSync(key: string, id: string): StoredValue | undefined {
    const file = this.find(key, id)
    if (file === undefined) return undefined
    try {
      const { bytes, facts } = readSnapshotSync(file.path)
      return { bytes, entry: copyEntry(key, file, facts) }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** The copy with this id. */
  find(key: string, id: string): HistoryFile | undefined {
    if (Number.isNaN(historyIdTime(id))) return undefined
    for (const kind of kinds) {
      const file = this.files(kind, key).find((candidate) => candidate.id === id)
      if (file) return file
    }
    return undefined
  }
}

/** When the copy with this id was made. */
export function savedAt(id: string): Date {
  return new Date(historyIdTime(id))
}

/** The names in `folder`; none when there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function copyEntry(
  key: string,
  { id, format, path }: HistoryFile,
  facts: Parameters<typeof entryOf>[3],
): StoredValue["entry"] {
  return { ...entryOf(key, format, path, facts), savedAt: savedAt(id) }
}
