import { watch } from "node:fs"
import { LogCursor } from "./log-cursor.ts"
import type { LogEntry } from "./log-entry.ts"
import type { LogFolder } from "./log-folder.ts"
import { mergeSegments } from "./merge-segments.ts"
import type { Segment } from "./segment-name.ts"
import type { SegmentLine } from "./segment-reader.ts"

/** An entry and the place behind it. */
export interface FollowedEntry {
  readonly entry: LogEntry
  /** Pass it to `follow` to go on behind this entry, in this process or another. */
  readonly cursor: string
}

/** Reads the lines of one segment from an offset. */
export type ReadLines = (segment: Segment, start: number) => AsyncIterable<SegmentLine>

/** File systems forget to tell at times; then the folder is looked at anyway, so often. */
const lookAnyway = 500

/** The entries of a log behind `cursor`, and then those that come, until `signal` aborts. */
export async function* followLog(
  folder: LogFolder,
  lines: ReadLines,
  cursor: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<FollowedEntry, void, undefined> {
  const place = new LogCursor(cursor)
  const finished = new Set<string>()
  await folder.create()
  const bell = new Bell(folder.path, signal)
  try {
    while (!signal?.aborted) {
      bell.reset()
      const segments = (await folder.segments()) ?? []
      place.look(segments)
      const unfinished = segments.filter(({ id }) => !finished.has(id))
      const fresh = async function* (segment: Segment) {
        yield* lines(segment, place.offset(segment.id))
        place.ended(segment.id)
      }
      for await (const { segment, line } of mergeSegments(unfinished, fresh)) {
        const text = place.after(segment.id, line.end)
        if (line.entry !== undefined) yield followed(line.entry, text)
        if (signal?.aborted) return
      }
      for (const { id, state } of unfinished) if (state === "sealed") finished.add(id)
      await bell.rung()
    }
  } finally {
    bell.close()
  }
}

/** A log of many files has a long cursor, which most readers ask for now and then. */
function followed(entry: LogEntry, text: () => string): FollowedEntry {
  return {
    entry,
    get cursor() {
      return text()
    },
  }
}

/** Rings when something happens in a folder. */
class Bell {
  readonly #close: () => void
  #ring: () => void = () => {}
  #hasRung = false

  constructor(path: string, signal: AbortSignal | undefined) {
    const ring = () => {
      this.#hasRung = true
      this.#ring()
    }
    const watcher = watch(path, ring).on("error", () => {})
    const timer = setInterval(ring, lookAnyway)
    signal?.addEventListener("abort", ring)
    this.#close = () => {
      watcher.close()
      clearInterval(timer)
      signal?.removeEventListener("abort", ring)
    }
  }

  reset(): void {
    this.#hasRung = false
  }

  /** Resolves when it has rung since `reset`. */
  async rung(): Promise<void> {
    if (this.#hasRung) return
    await new Promise<void>((resolve) => {
      this.#ring = resolve
    })
  }

  close(): void {
    this.#close()
  }
}
