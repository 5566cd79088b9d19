import { open } from "node:fs/promises"
import { type LogEntry, parseEntry } from "./log-entry.ts"

/** How much of the end of a file is looked through, in bytes, before all of it is. */
const windows = [1 << 16, 1 << 20]

/**
 * The last `count` entries of one plain segment that match, without reading what comes before them; undefined where
 * that cannot be said from its last MiB, or a line is damaged.
 */
export async function lastEntries(
  path: string,
  count: number,
  matches: (entry: LogEntry) => boolean,
): Promise<LogEntry[] | undefined> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    for (const window of windows) {
      const start = Math.max(size - window, 0)
      const bytes = Buffer.alloc(size - start)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
      // Cut by somebody else since.
      if (bytesRead < bytes.length) return undefined
      // What comes before the first line break may be half a line, and what comes behind the last is none yet.
      const from = start === 0 ? 0 : bytes.indexOf(10) + 1
      const lines = bytes.toString("utf8", from, bytes.lastIndexOf(10) + 1).split("\n")
      const entries = lines.filter((line) => line !== "").map(parseEntry)
      if (entries.includes(undefined)) return undefined
      const found = (entries as LogEntry[]).filter(matches)
      if (found.length >= count || start === 0) return found.slice(-count)
    }
    return undefined
  } finally {
    await handle.close()
  }
}
