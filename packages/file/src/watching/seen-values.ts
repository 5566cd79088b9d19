import { hash } from "node:crypto"
import type { Change } from "@persist/core"
import { canonicalPath, literalPath } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import { isMissing } from "../reading/containment.ts"
import { locateAll } from "../reading/locate.ts"
import { readSnapshotSync } from "../reading/read-file.ts"
import {
  coarsestTime,
  type FileFacts,
  isWholeMillisecond,
  revisionOf,
} from "../reading/revision.ts"

interface SeenValue {
  readonly revision: string
  /** Of the content; undefined when it was not read. */
  readonly digest: string | undefined
  /** It was read while another change could still get the same time. */
  readonly isYoung?: boolean
}

// Milliseconds; most kernels give files the time of their last tick, of which the longest lasts ten.
const longestTick = 20

// Larger contents are told apart by their revision alone.
const mostHashed = 16 * 1024 * 1024

/** What a watch has seen of each key, so that it tells of every change of content once. */
export class SeenValues {
  readonly #layout: Layout
  readonly #seen = new Map<string, SeenValue>()
  /** Whether every key that was there at the beginning is known. */
  isComplete = true

  constructor(layout: Layout) {
    this.#layout = layout
  }

  get keys(): Iterable<string> {
    return this.#seen.keys()
  }

  /** The keys whose values may have lain in `folder`, below the root, in whatever case its name is written there. */
  keysIn(folder: string): Iterable<string> {
    if (folder === "") return this.keys
    const start = `${folder}/`.toLowerCase()
    const isIn = (path: string | undefined) => path?.toLowerCase().startsWith(start)
    return [...this.keys].filter((key) => isIn(canonicalPath(key)) || isIn(literalPath(key)))
  }

  /** Takes note of `key` as it is, without telling. */
  note(key: string): void {
    const now = this.#look(key)
    if (now !== undefined) this.#seen.set(key, now)
  }

  /** Looks at `key` on the disk. @returns What is new, if anything. */
  check(key: string): Change | undefined {
    const before = this.#seen.get(key)
    const now = this.#look(key, before)
    if (now === undefined) return this.deleted(key)
    return this.#saved(key, before, now)
  }

  /** Takes note of what this storage itself saved. */
  saved(key: string, revision: string, bytes: Uint8Array): Change | undefined {
    return this.#saved(key, this.#seen.get(key), { revision, digest: digestOf(bytes) })
  }

  deleted(key: string): Change | undefined {
    if (!this.#seen.delete(key) && this.isComplete) return undefined
    return { type: "delete", key }
  }

  #saved(key: string, before: SeenValue | undefined, now: SeenValue): Change | undefined {
    this.#seen.set(key, now)
    if (before !== undefined && isSame(before, now)) return undefined
    return { type: "save", key, revision: now.revision }
  }

  #look(key: string, before?: SeenValue): SeenValue | undefined {
    try {
      const current = locateAll(this.#layout, key)[0]
      if (current === undefined) return undefined
      const revision = revisionOf(current.facts)
      if (revision === before?.revision && !before.isYoung && !mayHideChange(current.facts)) {
        return before
      }
      if (current.facts.size > mostHashed) return { revision, digest: undefined }
      const { bytes, facts } = readSnapshotSync(current.path)
      const isYoung = Math.abs(Date.now() - facts.mtimeMs) < longestTick
      return { revision: revisionOf(facts), digest: digestOf(bytes), isYoung }
    } catch (error) {
      if (isMissing(error)) return undefined
      // A link that leads out, or no right to read: there, but nothing to compare.
      return before ?? { revision: "", digest: undefined }
    }
  }
}

function isSame(before: SeenValue, now: SeenValue): boolean {
  if (before.digest === undefined || now.digest === undefined)
    return before.revision === now.revision
  return before.digest === now.digest
}

/** Whether the file may have been written to again with the time that it has, where times are coarse. */
function mayHideChange(facts: FileFacts): boolean {
  return isWholeMillisecond(facts) && Date.now() - facts.mtimeMs < coarsestTime
}

function digestOf(bytes: Uint8Array): string {
  return hash("sha1", bytes, "base64")
}
