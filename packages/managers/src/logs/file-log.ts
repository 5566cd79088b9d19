import { open, rename, rm } from "node:fs/promises"
import { type Durability, historyIds, type Logger } from "@persist/core"
import { ConfigText } from "../configs/config-text.ts"
import type { Log } from "./log.ts"
import type { LogEntry } from "./log-entry.ts"
import { LogFolder } from "./log-folder.ts"
import { parseSegment, type Segment, segmentFile } from "./segment-name.ts"
import { segmentLines } from "./segment-reader.ts"
import { SegmentWriter } from "./segment-writer.ts"

/** What a log in files is told. */
export interface FileLogOptions {
  readonly durability: Durability
  readonly clock: () => number
  readonly logger: Logger | undefined
}

interface Writing {
  readonly segment: Segment
  readonly writer: SegmentWriter
}

/** A log as a folder of segments, each written by one process at a time. */
export class FileLog implements Log {
  readonly #folder: LogFolder
  readonly #options: FileLogOptions
  readonly #newId: () => string
  #writing: Promise<Writing> | undefined

  constructor(path: string, options: FileLogOptions) {
    this.#folder = new LogFolder(path)
    this.#options = options
    this.#newId = historyIds(options.clock)
  }

  async append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    this.#writing ??= this.#open()
    const writing = this.#writing
    const { writer } = await writing.catch((error) => {
      if (this.#writing === writing) this.#writing = undefined
      throw error
    })
    await writer.append(`${lines.join("\n")}\n`)
  }

  async replace(lines: readonly string[]): Promise<void> {
    await this.close()
    await this.#folder.create()
    const segment = { id: this.#newId(), base: true }
    const path = this.#folder.at(segmentFile(segment, "idle"))
    const text = lines.length === 0 ? "" : `${lines.join("\n")}\n`
    await new ConfigText(".ndjson").serialize(text, path, { durability: this.#options.durability })
    await this.#folder.removeBefore(segment.id)
  }

  async *entries(): AsyncGenerator<LogEntry, void, undefined> {
    for (const segment of (await this.#folder.segments()) ?? []) {
      for await (const { entry, end } of this.#lines(segment)) {
        if (entry !== undefined) yield entry
        else {
          const where = `${this.#folder.at(segment.file)}, before byte ${end}`
          this.#options.logger?.warn?.(`A line of the log is damaged and was left out (${where}).`)
        }
      }
    }
  }

  async exists(): Promise<boolean> {
    return (await this.#folder.segments()) !== undefined
  }

  async delete(): Promise<boolean> {
    await this.close()
    const segments = await this.#folder.segments()
    if (segments === undefined) return false
    await this.#folder.removeBefore("~")
    return true
  }

  async close(): Promise<void> {
    const writing = await this.#writing?.catch(() => undefined)
    this.#writing = undefined
    if (writing === undefined) return
    await writing.writer.close()
    const { segment } = writing
    const { size } = writing.writer
    const from = this.#folder.at(segment.file)
    // Another process may have deleted or replaced the log: then there is nothing to hand on.
    const done = size === 0 ? rm(from) : rename(from, this.#folder.at(segmentFile(segment, "idle")))
    await done.catch(ignoreMissing)
  }

  async #open(): Promise<Writing> {
    await this.#folder.create()
    const segment = (await this.#folder.claim()) ?? this.#fresh()
    const path = this.#folder.at(segment.file)
    const writer = await SegmentWriter.open(path, this.#options.durability)
    if (this.#options.durability === "full") await syncFolder(this.#folder.path)
    return { segment, writer }
  }

  #fresh(): Segment {
    return parseSegment(segmentFile({ id: this.#newId(), base: false }, "open"))!
  }

  /** A segment may change its name while it is read; the id stays. */
  async *#lines(segment: Segment): ReturnType<typeof segmentLines> {
    let end = 0
    for (let current: Segment | undefined = segment; current !== undefined; ) {
      try {
        const path = this.#folder.at(current.file)
        for await (const line of segmentLines(path, current.compressed, end)) {
          end = line.end
          yield line
        }
        return
      } catch (error) {
        ignoreMissing(error)
        const now = await this.#folder.segments()
        current = now?.find(({ id }) => id === segment.id)
      }
    }
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r")
  await handle.sync().finally(() => handle.close())
}
