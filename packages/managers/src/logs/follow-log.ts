import { watch } from "node:fs"
import { PersistError } from "@persist/core"
import type { LogEntry } from "./log-entry.ts"
import type { LogFolder } from "./log-folder.ts"
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
  const offsets = decodeCursor(cursor)
  const finished = new Set<string>()
  await folder.create()
  const bell = new Bell(folder.path, signal)
  try {
    while (!signal?.aborted) {
      bell.reset()
      for (const segment of (await folder.segments()) ?? []) {
        if (finished.has(segment.id)) continue
        for await (const { entry, end } of lines(segment, offsets.get(segment.id) ?? 0)) {
          offsets.set(segment.id, end)
          if (entry !== undefined) yield { entry, cursor: encodeCursor(offsets) }
          if (signal?.aborted) return
        }
        if (segment.state === "sealed") finished.add(segment.id)
      }
      await bell.rung()
    }
  } finally {
    bell.close()
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

function encodeCursor(offsets: ReadonlyMap<string, number>): string {
  return Buffer.from(JSON.stringify([...offsets])).toString("base64url")
}

function decodeCursor(cursor: string | undefined): Map<string, number> {
  if (cursor === undefined) return new Map()
  try {
    const offsets: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString())
    if (Array.isArray(offsets) && offsets.every(isOffset)) return new Map(offsets)
    throw new TypeError("it holds no offsets")
  } catch (cause) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      "This is no cursor of a log; pass one that follow() gave.",
      { cause },
    )
  }
}

function isOffset(one: unknown): one is readonly [string, number] {
  if (!Array.isArray(one) || one.length !== 2) return false
  return typeof one[0] === "string" && Number.isSafeInteger(one[1]) && one[1] >= 0
}
