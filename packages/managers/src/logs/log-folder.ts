import { open, readdir, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { isMainThread } from "node:worker_threads"
import { makeFolderSync } from "@persist/core"
import {
  isOfDeadProcess,
  isOfThisProcess,
  parseSegment,
  type Segment,
  segmentFile,
} from "./segment-name.ts"
import { isWrittenHere } from "./segment-writer.ts"

/** The folder of one log and the segments in it. */
export class LogFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The segments that count, oldest first; undefined when there is no such log. */
  async segments(): Promise<Segment[] | undefined> {
    const files = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined
      throw error
    })
    const byId = new Map<string, Segment>()
    for (const file of files?.sort() ?? []) {
      const segment = parseSegment(file)
      // While a segment is being compressed both forms are there; the plain one is complete.
      if (segment && (!byId.has(segment.id) || !segment.compressed)) byId.set(segment.id, segment)
    }
    if (files === undefined || byId.size === 0) return undefined
    const sorted = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const start = sorted.findLastIndex((segment) => segment.base)
    return sorted.slice(Math.max(start, 0))
  }

  /** Takes over a segment that nobody writes any more; its rename decides between rivals. */
  async claim(): Promise<Segment | undefined> {
    for (const segment of (await this.segments())?.toReversed() ?? []) {
      if (segment.state !== "idle" && !(await this.isAbandoned(segment))) continue
      const file = segmentFile(segment, "open")
      try {
        await rename(this.at(segment.file), this.at(file))
        return parseSegment(file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
      }
    }
    return undefined
  }

  /** Whether nobody writes an open segment any more. */
  async isAbandoned(segment: Segment): Promise<boolean> {
    if (isOfDeadProcess(segment)) return true
    const path = this.at(segment.file)
    // In a container every process may have the same number. A worker cannot tell when the process began.
    if (!isOfThisProcess(segment) || !isMainThread || isWrittenHere(path)) return false
    const facts = await stat(path).catch(() => undefined)
    return facts !== undefined && facts.ctimeMs < performance.timeOrigin
  }

  async create(): Promise<void> {
    makeFolderSync(this.path)
  }

  /** Removes segments older than `id`. */
  async removeBefore(id: string): Promise<void> {
    for (const file of await readdir(this.path)) {
      const segment = parseSegment(file)
      if (segment && segment.id < id) await rm(this.at(file), { force: true })
    }
  }

  at(file: string): string {
    return join(this.path, file)
  }
}

/** Resolves when the names in the folder are on the disk. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r")
  await handle.sync().finally(() => handle.close())
}
