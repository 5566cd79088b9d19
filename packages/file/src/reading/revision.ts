import type { Stats } from "node:fs"
import type { Entry } from "@persist/core"

/** The facts of a file that make its revision. */
export type FileFacts = Pick<Stats, "mtimeMs" | "ino" | "size">

/**
 * The revision of a file. A save sets the time of modification, to the microsecond and never twice
 * the same in one process; a hand edit in place gets another from the system.
 */
export function revisionOf(facts: FileFacts): string {
  if (!isSame(facts, last.facts)) last = { facts, revision: writeRevision(facts) }
  return last.revision
}

/** Whoever saves again asks for the revision that the last save gave. */
let last = { facts: { mtimeMs: 0, ino: 0, size: 0 } as FileFacts, revision: "0-0-0" }

function isSame(one: FileFacts, other: FileFacts): boolean {
  return one.mtimeMs === other.mtimeMs && one.ino === other.ino && one.size === other.size
}

function writeRevision({ mtimeMs, ino, size }: FileFacts): string {
  const microseconds = Math.floor(mtimeMs * 1000)
  return `${microseconds.toString(36)}-${ino.toString(36)}-${size.toString(36)}`
}

/** Milliseconds in which the coarsest times go on: those of FAT are good to two seconds. */
export const coarsestTime = 3_000

/** Whether the time is such as a file system that keeps no finer ones has, and another one hardly ever. */
export function isWholeMillisecond({ mtimeMs }: FileFacts): boolean {
  return Number.isInteger(mtimeMs)
}

/** The entry of the value that lies at `path`. */
export function entryOf(key: string, format: string, path: string, facts: FileFacts): Entry {
  const savedAt = new Date(Math.floor(facts.mtimeMs))
  return { key, size: facts.size, revision: revisionOf(facts), savedAt, format, path }
}

let latest = 0

// Microseconds.
const sameMoment = 1_000_000

/**
 * A time of modification for `now` (milliseconds since the epoch): microseconds, unique within this process.
 *
 * @param after Of a file, in microseconds: the time comes after it, unless a clock that was wrong has made it.
 */
export function uniqueTime(now: number, after: number): number {
  // Numbers of this size have a resolution of a quarter of a microsecond.
  let wanted = Math.floor(now) * 1000 + Math.floor((performance.now() % 1) * 999)
  if (after >= wanted && after - wanted < sameMoment) wanted = after + 1
  latest = wanted > latest || wanted < latest - 1_000_000 ? wanted : latest + 1
  return latest
}
