import { readdir, rename, rm, stat } from "node:fs/promises"
import { compressSegment } from "./compress-segment.ts"
import type { LogFolder } from "./log-folder.ts"
import type { Rotation } from "./rotation.ts"
import { livenessOfWriter } from "./segment-liveness.ts"
import { type Segment, segmentFile } from "./segment-name.ts"

/** A temporary file that was not touched for so long, in milliseconds, belongs to nobody any more. */
const staleAfter = 10 * 60_000

/** An open file whose writer cannot be seen counts as left when it was not written for so long, in milliseconds. */
const leftAfter = 60 * 60_000

/**
 * Compresses and removes what `rotation` says, also what a process that was killed left behind: a
 * sealed file that is not compressed yet, half of a compressed one, an open one in a container of its own.
 */
export async function tidySegments(
  folder: LogFolder,
  rotation: Rotation,
  now: number,
): Promise<void> {
  await removeStale(folder)
  // What was replaced may still lie there, of a process that was killed; without its successor it would count again.
  const first = (await folder.segments())?.[0]
  if (first?.base) await folder.removeBefore(first.id)
  await sealLeft(folder)
  for (const { file, state, compressed } of (await folder.segments()) ?? []) {
    if (rotation.compress && state === "sealed" && !compressed) {
      await compressSegment(folder.at(file))
    }
  }
  const { keepFiles, keepFor } = rotation
  const segments: Segment[] = []
  for (const segment of (await folder.segments()) ?? []) {
    if (segment.state !== "open" || (await folder.isAbandoned(segment))) segments.push(segment)
  }
  const sealed = segments.filter(({ state }) => state === "sealed")
  const gone = new Set(sealed.slice(0, -keepFiles || undefined))
  for (const segment of segments) {
    if (gone.has(segment) || !Number.isFinite(keepFor)) continue
    const written = await lastWritten(folder.at(segment.file))
    if (written !== undefined && written < now - keepFor) gone.add(segment)
  }
  for (const { file } of gone) await rm(folder.at(file), { force: true })
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
