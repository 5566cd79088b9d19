import { damagedLog } from "./log-error.ts"
import type { LogFolder } from "./log-folder.ts"
import type { Segment } from "./segment-name.ts"
import { type SegmentLine, segmentLines } from "./segment-reader.ts"

/** A segment may change its name while it is read; the id stays. `gone` hears what is left once it is not there. */
export async function* linesOf(
  folder: LogFolder,
  segment: Segment,
  start: number,
  gone?: (left: readonly Segment[] | undefined) => void,
): AsyncGenerator<SegmentLine, void, undefined> {
  let end = start
  for (let current: Segment | undefined = segment; current !== undefined; ) {
    try {
      const path = folder.at(current.file)
      for await (const line of segmentLines(path, current.compressed, end)) {
        end = line.end
        yield line
      }
      return
    } catch (error) {
      if (isDamage(error)) throw damagedLog(folder.at(current.file), end, error)
      ignoreMissing(error)
      const left = await folder.segments()
      current = left?.find(({ id }) => id === segment.id)
      if (current === undefined) gone?.(left)
    }
  }
}

/** @throws Any error but that there is no such file. */
export function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
}

function isDamage(error: unknown): error is NodeJS.ErrnoException {
  return String((error as NodeJS.ErrnoException).code).startsWith("Z_")
}
