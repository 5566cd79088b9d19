import { join } from "node:path"
import type { Entry, StoredValue } from "@persist/core"
import { literalPath } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import { assertContained, isElsewhere } from "./containment.ts"
import { locateAll } from "./locate.ts"
import { readSnapshot, readSnapshotSync, type Snapshot } from "./read-file.ts"
import { entryOf } from "./revision.ts"

// How often a value may move away between looking and opening.
const mostAttempts = 20

interface Place {
  readonly path: string
  readonly format: string
}

/** Reads current values. */
export class CurrentValues {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  stat(key: string): Entry | undefined {
    const current = locateAll(this.#layout, key)[0]
    return current && entryOf(key, current.format, current.path, current.facts)
  }

  async read(key: string, signal: AbortSignal | undefined): Promise<StoredValue | undefined> {
    for (let attempt = 0; ; attempt++) {
      const place = this.#place(key, attempt)
      if (place === undefined) return undefined
      try {
        return stored(key, place, await readSnapshot(place.path, signal))
      } catch (error) {
        if (attempt === mostAttempts || !isElsewhere(error)) throw error
      }
    }
  }

  readSync(key: string): StoredValue | undefined {
    for (let attempt = 0; ; attempt++) {
      const place = this.#place(key, attempt)
      if (place === undefined) return undefined
      try {
        return stored(key, place, readSnapshotSync(place.path))
      } catch (error) {
        if (attempt === mostAttempts || !isElsewhere(error)) throw error
      }
    }
  }

  // The hot path opens the only place where the value can be, without looking first.
  #place(key: string, attempt: number): Place | undefined {
    const isOnly = this.#layout.formats.length === 1 && literalPath(key) === undefined
    if (attempt > 0 || !isOnly) return locateAll(this.#layout, key)[0]
    const format = this.#layout.formats[0]!
    const name = this.#layout.canonical(key, format)
    assertContained(this.#layout.root, name)
    return { path: join(this.#layout.root, name), format }
  }
}

function stored(key: string, { path, format }: Place, { bytes, facts }: Snapshot): StoredValue {
  return { bytes, entry: entryOf(key, format, path, facts) }
}
