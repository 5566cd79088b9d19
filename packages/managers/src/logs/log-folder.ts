import { constants } from "node:fs"
import { open, readdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { makeFolderSync } from "@persist/core"
import { livenessOfWriter, ownWriter } from "./segment-liveness.ts"
import { openSegmentFile, parseSegment, type Segment } from "./segment-name.ts"

/** The folder of one log and the segments in it. */
export class LogFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The segments that count, oldest first; undefined when there is no such log. */
  async segments(): Promise<Segment[] | undefined> {
    const byId = new Map<string, Segment>()
    for (const segment of await this.#files()) {
      // While a segment is being compressed both forms are there; the plain one is complete.
      if (!byId.has(segment.id) || !segment.compressed) byId.set(segment.id, segment)
    }
    if (byId.size === 0) return undefined
    const sorted = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const start = sorted.findLastIndex((segment) => segment.base)
    return sorted.slice(Math.max(start, 0))
  }

  /** Whether a later base hides this segment, or nothing is left of it. */
  async isReplaced({ id }: Segment): Promise<boolean> {
    return !(await this.segments())?.some((segment) => segment.id === id)
  }

  /** Takes over a segment that nobody writes any more, and that we may write; its rename decides between rivals. */
  async claim(): Promise<Segment | undefined> {
    const writer = await ownWriter()
    for (const segment of (await this.segments())?.toReversed() ?? []) {
      if (segment.state !== "idle" && !(await this.isAbandoned(segment))) continue
      if (!(await isWritable(this.at(segment.file)))) continue
      const file = openSegmentFile(segment, writer)
      try {
        await rename(this.at(segment.file), this.at(file))
        return parseSegment(file)
      } catch (error) {
        // In a folder with the sticky bit only its owner renames a file, whoever may write it.
        if (!notOurs.has((error as NodeJS.ErrnoException).code)) throw error
      }
    }
    return undefined
  }

  /** Whether the writer of an open segment is gone. */
  async isAbandoned(segment: Segment): Promise<boolean> {
    return segment.state === "open" && (await livenessOfWriter(this, segment)) === "dead"
  }

  async create(): Promise<void> {
    makeFolderSync(this.path)
  }

  /** Removes the segments older than `id` that are there at the call, whatever others call them meanwhile. */
  async removeBefore(id: string): Promise<void> {
    let found = (await this.#files()).filter((segment) => segment.id < id)
    const ids = new Set(found.map((segment) => segment.id))
    while (found.length > 0) {
      for (const { file } of found) await rm(this.at(file), { force: true })
      found = (await this.#files()).filter((segment) => ids.has(segment.id))
    }
  }

  /** A folder of many files that is read while one of them gets a new name may leave that out, but not twice. */
  async #files(): Promise<Segment[]> {
    const before = await this.#look()
    const now = before && (await this.#look())
    if (now === undefined) return []
    const ids = new Set(now.map(({ id }) => id))
    return [...before!.filter(({ id }) => !ids.has(id)), ...now]
  }

  /** Undefined when there is no such folder. */
  async #look(): Promise<Segment[] | undefined> {
    const files = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined
      throw error
    })
    return files?.sort().flatMap((file) => parseSegment(file) ?? [])
  }

  at(file: string): string {
    return join(this.path, file)
  }
}

const notOurs: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "ENOENT"])

/** False for what another user began, or somebody else took meanwhile. */
async function isWritable(path: string): Promise<boolean> {
  try {
    const handle = await open(path, constants.O_RDWR | constants.O_APPEND)
    await handle.close()
    return true
  } catch (error) {
    if (notOurs.has((error as NodeJS.ErrnoException).code)) return false
    throw error
  }
}
