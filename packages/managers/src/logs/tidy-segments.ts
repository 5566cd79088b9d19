import { readdir, rename, rm, stat } from "node:fs/promises"
import { historyIdTime } from "@persist/core"
import { compressSegment } from "./compress-segment.ts"
import type { LogFolder } from "./log-folder.ts"
import type { Rotation } from "./rotation.ts"
import { livenessOfWriter, ownWriter } from "./segment-liveness.ts"
import { openSegmentFile, type Segment, segmentFile } from "./segment-name.ts"

/** A temporary file that was not touched for so long, in milliseconds, belongs to nobody any more. */
const staleAfter = 10 * 60_000

/** An open file whose writer cannot be seen counts as left when it was not written for so long, in milliseconds. */
const leftAfter = 60 * 60_000

// Milliseconds. Clocks that are right differ by less.
const mostAhead = 60_000

/**
 * Compresses and removes what `rotation` says, also what a process that was killed left behind: a
 * sealed file that is not compressed yet, half of a compressed one, an open one in a container of its own.
 *
 * @param sealed The id of the file that was sealed just now: the newest, whatever the clocks say of the others.
 * @throws The first error, at the end.
 */
export async function tidySegments(
  folder: LogFolder,
  rotation: Rotation,
  now: number,
  sealed?: string,
): Promise<void> {
  await removeStale(folder)
  // What was replaced may still lie there, of a process that was killed; without its successor it would count again.
  const first = (await folder.segments())?.[0]
  if (first?.base) await folder.removeBefore(first.id)
  await sealLeft(folder)
  // One that cannot be read or removed, as another user's, keeps none of the others from it.
  const failures: unknown[] = []
  const failed = (error: unknown) => failures.push(error)
  // First: on a full disk nothing can be compressed.
  for (const segment of await outdated(folder, rotation, now, sealed)) {
    await removeSegment(folder, segment, now - rotation.keepFor).catch(failed)
  }
  for (const { file, state, compressed } of (await folder.segments()) ?? []) {
    if (!rotation.compress || state !== "sealed" || compressed) continue
    await compressSegment(folder.at(file)).catch(failed)
  }
  if (failures.length > 0) throw failures[0]
}

/** What `keepFiles` and `keepFor` leave out; files from a clock that was ahead must not take the place of those written now. */
async function outdated(
  folder: LogFolder,
  { keepFiles, keepFor }: Rotation,
  now: number,
  newest: string | undefined,
): Promise<Set<Segment>> {
  const segments: Segment[] = []
  for (const segment of (await folder.segments()) ?? []) {
    if (segment.state !== "open" || (await folder.isAbandoned(segment))) segments.push(segment)
  }
  const sealed = segments.filter(({ state }) => state === "sealed")
  const extra = Math.max(sealed.length - keepFiles, 0)
  const gone = new Set(extra === 0 ? [] : oldestFirst(sealed, now, newest).slice(0, extra))
  for (const segment of segments) {
    if (gone.has(segment) || !Number.isFinite(keepFor)) continue
    const written = await lastWritten(folder.at(segment.file))
    if (written !== undefined && written < now - keepFor) gone.add(segment)
  }
  return gone
}

function oldestFirst(sealed: readonly Segment[], now: number, newest?: string): Segment[] {
  const [ahead, others, last]: [Segment[], Segment[], Segment[]] = [[], [], []]
  for (const segment of sealed) {
    if (segment.id === newest) last.push(segment)
    else (historyIdTime(segment.id) - now > mostAhead ? ahead : others).push(segment)
  }
  return [...ahead, ...others, ...last]
}

/** @param since An idle one stays when it was written after this, in milliseconds since the epoch. */
async function removeSegment(folder: LogFolder, segment: Segment, since: number): Promise<void> {
  if (segment.state === "idle") return removeIdle(folder, segment, since)
  await rm(folder.at(segment.file), { force: true })
  // Who was killed as the one took the other's place has left both.
  if (segment.state === "sealed") await rm(folder.at(`${segment.file}.gz`), { force: true })
}

/**
 * Whoever takes an idle file over and hands it on again leaves it under the same name: it is taken over here too, and
 * looked at once more.
 */
async function removeIdle(folder: LogFolder, segment: Segment, since: number): Promise<void> {
  const idle = folder.at(segment.file)
  const taken = folder.at(openSegmentFile(segment, await ownWriter()))
  try {
    await rename(idle, taken)
    const written = await lastWritten(taken)
    if (written !== undefined && written < since) await rm(taken, { force: true })
    else await rename(taken, idle)
  } catch (error) {
    // Somebody else has it.
    ignoreMissing(error as NodeJS.ErrnoException)
  }
}

/** Should the writer live after all, it notices before it promises anything, and goes on in a new file. */
async function sealLeft(folder: LogFolder): Promise<void> {
  for (const segment of (await folder.segments()) ?? []) {
    if (segment.state !== "open") continue
    if ((await livenessOfWriter(folder, segment)) !== "unknown") continue
    const path = folder.at(segment.file)
    const written = await lastWritten(path)
    if (written === undefined || Date.now() - written <= leftAfter) continue
    await rename(path, folder.at(segmentFile(segment, "sealed"))).catch(ignoreMissing)
  }
}

async function removeStale(folder: LogFolder): Promise<void> {
  for (const file of await readdir(folder.path)) {
    if (!file.endsWith(".tmp")) continue
    const written = await lastWritten(folder.at(file))
    if (written !== undefined && Date.now() - written > staleAfter) {
      await rm(folder.at(file), { force: true })
    }
  }
}

/** Undefined when it is gone. */
async function lastWritten(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(ignoreMissing)
  return found?.mtimeMs
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error
}
