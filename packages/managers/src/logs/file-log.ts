import { rename, rm, utimes } from "node:fs/promises"
import { type Durability, historyIds, historyIdTime, type Logger, syncFolder } from "@persist/core"
import { Batch } from "./batch.ts"
import { type FollowedEntry, followLog } from "./follow-log.ts"
import { lastEntries } from "./last-entries.ts"
import { ignoreMissing, linesOf } from "./lines-of-segment.ts"
import { type Log, LogReplaced } from "./log.ts"
import type { LogEntry } from "./log-entry.ts"
import { logError } from "./log-error.ts"
import { LogFolder } from "./log-folder.ts"
import { LogText } from "./log-text.ts"
import { mergeSegments } from "./merge-segments.ts"
import type { Rotation } from "./rotation.ts"
import { ownWriter } from "./segment-liveness.ts"
import { openSegmentFile, parseSegment, type Segment, segmentFile } from "./segment-name.ts"
import { SegmentGone, SegmentWriter } from "./segment-writer.ts"
import { tidySegments } from "./tidy-segments.ts"

/** What a log in files is told. */
export interface FileLogOptions {
  readonly name: string
  readonly durability: Durability
  readonly rotation: Rotation
  readonly clock: () => number
  readonly logger: Logger | undefined
}

interface Writing {
  readonly segment: Segment
  readonly writer: SegmentWriter
  /** Milliseconds since the epoch. */
  since: number
}

/** A log as a folder of segments, each written by one process at a time. */
export class FileLog implements Log {
  readonly #folder: LogFolder
  readonly #options: FileLogOptions
  readonly #newId: (after?: string) => string
  #current: Writing | undefined
  /** The lines that wait for the next write. */
  #batch: Batch | undefined
  #hasWritten = false
  #latest = 0
  /** The id that the next segment comes behind. */
  #newest = ""
  #tail: Promise<void> = Promise.resolve()
  #tidying: Promise<void> = Promise.resolve()

  constructor(path: string, options: FileLogOptions) {
    this.#folder = new LogFolder(path)
    this.#options = options
    // The next segment must come after this one even when the clock was set back.
    this.#newId = historyIds(() => Math.max(options.clock(), this.#latest))
  }

  /**
   * Lines that come while a write is running go out together in the next one, and share its fsync
   * and its promise ("group commit").
   */
  append(line: string): Promise<void> {
    const batch = this.#batch?.isFull ? undefined : this.#batch
    if (batch !== undefined) return batch.add(line)
    // The time that the line bears, though the clock be set back before it is written.
    this.#latest = Math.max(this.#latest, this.#options.clock())
    const fresh = new Batch(line, this.#tail, (text) => this.#flush(text))
    this.#batch = fresh
    this.#tail = fresh.written.catch(() => {})
    return fresh.written
  }

  replace(lines: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#replace(lines))
  }

  async #replace(lines: readonly string[]): Promise<void> {
    await this.#release()
    await this.#folder.create()
    // All that is there comes before it, whatever the clocks say that it was written by.
    for (const { id } of (await this.#folder.segments()) ?? []) this.#comeAfter(id)
    const segment = { id: this.#nextId(), base: true }
    const path = this.#folder.at(segmentFile(segment, "idle"))
    const text = lines.length === 0 ? "" : `${lines.join("\n")}\n`
    await new LogText().serialize(text, path, { durability: this.#options.durability })
    await this.#folder.removeBefore(segment.id)
  }

  async *entries(): AsyncGenerator<LogEntry, void, undefined> {
    const segments = (await this.#folder.segments()) ?? []
    const gone = (left: readonly Segment[] | undefined) => {
      // Retention leaves the newest, and no base behind.
      const first = left?.[0]
      const isReplaced = first?.base && first.id !== segments[0]!.id
      const isLeft = left?.some(({ id }) => segments.some((one) => one.id === id))
      if (isReplaced || !isLeft) throw new LogReplaced()
    }
    const lines = (segment: Segment) => linesOf(this.#folder, segment, 0, gone)
    for await (const { segment, line } of mergeSegments(segments, lines)) {
      if (line.entry !== undefined) yield line.entry
      else {
        const where = `${this.#folder.at(segment.file)}, before byte ${line.end}`
        this.#options.logger?.warn?.(`A line of the log is damaged and was left out (${where}).`)
      }
    }
  }

  /** Of a log of several files each may hold later entries than the next. */
  async last(
    count: number,
    matches: (entry: LogEntry) => boolean,
  ): Promise<readonly LogEntry[] | undefined> {
    const segments = (await this.#folder.segments()) ?? []
    const [only] = segments
    if (only === undefined || only.compressed || segments.length > 1) return undefined
    try {
      return await lastEntries(this.#folder.at(only.file), count, matches)
    } catch (error) {
      ignoreMissing(error)
      return undefined
    }
  }

  follow(
    cursor: string | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<FollowedEntry, void, undefined> {
    return followLog(this.#folder, linesOf.bind(undefined, this.#folder), cursor, signal)
  }

  async exists(): Promise<boolean> {
    return (await this.#folder.segments()) !== undefined
  }

  delete(): Promise<boolean> {
    return this.#inTurn(() => this.#delete())
  }

  async #delete(): Promise<boolean> {
    await this.#release()
    const segments = await this.#folder.segments()
    if (segments === undefined) return false
    await this.#folder.removeBefore("~")
    return true
  }

  async close(): Promise<void> {
    await this.#tail
    await this.#release()
  }

  /** Between the appends before it and those that come later, which it must not take away. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work)
    this.#batch = undefined
    this.#tail = done.then(
      () => {},
      () => {},
    )
    return done
  }

  async #release(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await this.#tidying
    if (current === undefined) return
    await current.writer.close()
    const from = this.#folder.at(current.segment.file)
    const to = this.#folder.at(segmentFile(current.segment, "idle"))
    // Another process may have deleted or replaced the log: then there is nothing to hand on.
    await (current.writer.size === 0 ? rm(from) : this.#handOn(from, to)).catch(ignoreMissing)
  }

  async #flush(text: string): Promise<void> {
    for (;;) {
      try {
        this.#current ??= await this.#open()
        const current = this.#current
        await current.writer.write(text)
        const now = this.#options.clock()
        this.#latest = Math.max(this.#latest, now)
        // A clock that was set back, or was ahead where the file was begun, must not keep it open for longer.
        current.since = Math.min(current.since, now)
        if (now < this.#latest) await this.#setTime(this.#folder.at(current.segment.file))
        if (this.#isFull(current)) this.#seal(current)
        return
      } catch (error) {
        // Somebody replaced or deleted the log, or sealed what they took for left; the lines go into a new file.
        if (!(error instanceof SegmentGone)) throw logError("append", this.#options.name, error)
        const gone = this.#current
        this.#current = undefined
        await gone?.writer.close()
      }
    }
  }

  async #open(): Promise<Writing> {
    await this.#folder.create()
    // What we wrote before must come before what we write now, so only the first file may be an old one.
    const claimed = this.#hasWritten ? undefined : await this.#folder.claim()
    if (!this.#hasWritten) this.#tidy(async () => {})
    this.#hasWritten = true
    const segment = claimed ?? (await this.#fresh())
    const path = this.#folder.at(segment.file)
    const writer = await SegmentWriter.open(path, this.#options.durability, claimed === undefined)
    // Whose clock was ahead may have written the one that was taken over.
    if (claimed) this.#comeAfter(claimed.id, writer.modifiedAt)
    if (this.#options.durability === "full") await syncFolder(this.#folder.path)
    // Somebody may have replaced the log since it was looked at; nobody would read what is written here.
    if (await this.#folder.isReplaced(segment)) {
      await writer.close()
      throw new SegmentGone()
    }
    // A file that was taken over is as old as it is.
    return { segment, writer, since: historyIdTime(segment.id) }
  }

  async #fresh(): Promise<Segment> {
    const writer = await ownWriter()
    const segments = (await this.#folder.segments()) ?? []
    // What comes before a base does not count.
    if (segments[0]?.base) this.#comeAfter(segments[0].id)
    // Of one millisecond the ids tell the order. Whose clock is ahead of ours is by its time behind us.
    const now = Math.max(this.#latest, this.#options.clock())
    for (const { id } of segments) if (historyIdTime(id) <= now) this.#comeAfter(id)
    return parseSegment(openSegmentFile({ id: this.#nextId(), base: false }, writer))!
  }

  #nextId(): string {
    this.#newest = this.#newId(this.#newest)
    return this.#newest
  }

  #comeAfter(id: string, modifiedAt = 0): void {
    if (id > this.#newest) this.#newest = id
    this.#latest = Math.max(this.#latest, historyIdTime(id), modifiedAt)
  }

  #isFull({ writer, since }: Writing): boolean {
    const { maxSize, maxAge } = this.#options.rotation
    return writer.size >= maxSize || this.#options.clock() - since >= maxAge
  }

  /** Ends a segment; later appends go to a new one at once, the rest happens beside them. */
  #seal({ segment, writer }: Writing): void {
    this.#current = undefined
    this.#tidy(async () => {
      await writer.close()
      const sealed = this.#folder.at(segmentFile(segment, "sealed"))
      // Somebody who cannot see this process may have done it.
      await this.#handOn(this.#folder.at(segment.file), sealed).catch(ignoreMissing)
    }, segment.id)
  }

  /** Does `before`, then what there is to do with files that nobody writes any more; appends do not wait for it. */
  #tidy(before: () => Promise<void>, sealed?: string): void {
    const { rotation, logger, name, clock } = this.#options
    this.#tidying = this.#tidying
      .then(before)
      .then(() => tidySegments(this.#folder, rotation, clock(), sealed))
      .catch((error: unknown) => {
        logger?.error?.(`Files of the log "${name}" could not be sealed or removed.`, error)
      })
  }

  /** Renames a file that is not written any more; its time is that of the last entry, for retention. */
  async #handOn(from: string, to: string): Promise<void> {
    await this.#setTime(from)
    await rename(from, to)
  }

  /**
   * Who takes a file over must come behind what stands in it, also when a clock was set back meanwhile. The time of a
   * file that another user began cannot be set, and what is appended is there all the same.
   */
  async #setTime(path: string): Promise<void> {
    const last = new Date(Math.max(this.#options.clock(), this.#latest))
    await utimes(path, last, last).catch(() => {})
  }
}
