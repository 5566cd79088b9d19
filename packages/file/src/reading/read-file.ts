import { closeSync, constants, fstatSync, openSync, read, readSync, type Stats } from "node:fs"
import { promisify } from "node:util"
import { whenFewerOpen } from "@persist/atomic/waiting"
import { throwIfAborted } from "@persist/core/options"

const readAsync = promisify(read)

// A trip to the thread pool costs more than reading this much from the page cache.
const smallFile = 256 * 1024
// A pipe put in the place of a value must not hang the reader, nor a link lead it elsewhere.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

// Node takes no more than 2^31 - 1 bytes in one call.
const mostAtOnce = 1_073_741_824

// Another machine on the same network file system has put another file in the place of the one that was just opened.
// Node knows the number alone: its code is "Unknown system error -116", -70 where the system is no Linux.
const stale = process.platform === "linux" ? -116 : -70
// How often a file may be replaced between opening and reading.
const mostAttempts = 20

/** The content of one file, and what was known of it at that moment. */
export interface Snapshot {
  readonly bytes: Uint8Array
  readonly facts: Stats
}

interface OpenFile {
  readonly descriptor: number
  readonly facts: Stats
}

/** Reads the file at `path`; small files without leaving the thread. */
export async function readSnapshot(path: string, signal?: AbortSignal): Promise<Snapshot> {
  for (let attempt = 1; ; attempt++) {
    const opening = openSoon(path, signal)
    const { descriptor, facts } = opening instanceof Promise ? await opening : opening
    try {
      if (facts.size <= smallFile) return { bytes: readWhole(descriptor, facts.size), facts }
      const { size } = facts
      const bytes = Buffer.allocUnsafeSlow(size)
      let length = 0
      while (length < size) {
        throwIfAborted(signal, `Reading ${path}`)
        const wanted = Math.min(size - length, mostAtOnce)
        const { bytesRead } = await readAsync(descriptor, bytes, length, wanted, length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      return { bytes: bytes.subarray(0, length), facts }
    } catch (error) {
      if (attempt === mostAttempts || !isStale(error)) throw error
    } finally {
      closeSync(descriptor)
    }
  }
}

/** `readSnapshot` for callers that cannot wait. */
export function readSnapshotSync(path: string): Snapshot {
  for (let attempt = 1; ; attempt++) {
    const { descriptor, facts } = openRegular(path)
    try {
      return { bytes: readWhole(descriptor, facts.size), facts }
    } catch (error) {
      if (attempt === mostAttempts || !isStale(error)) throw error
    } finally {
      closeSync(descriptor)
    }
  }
}

/** `openRegular`; while too many files are open, a promise that waits a bounded time. */
export function openSoon(
  path: string,
  signal: AbortSignal | undefined,
): OpenFile | Promise<OpenFile> {
  return whenFewerOpen(() => openRegular(path), signal)
}

/** Opens the file at `path` for reading. @throws `ENOENT` for what is no regular file, `ELOOP` for a link. */
function openRegular(path: string): OpenFile {
  for (let attempt = 1; ; attempt++) {
    const descriptor = openSync(path, flags)
    try {
      const facts = fstatSync(descriptor)
      if (facts.isFile()) return { descriptor, facts }
    } catch (error) {
      closeSync(descriptor)
      if (attempt === mostAttempts || !isStale(error)) throw error
      continue
    }
    closeSync(descriptor)
    const message = `ENOENT: ${path} is not a regular file`
    throw Object.assign(new Error(message), { code: "ENOENT", path })
  }
}

function isStale(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).errno === stale
}

function readWhole(descriptor: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    const wanted = Math.min(size - length, mostAtOnce)
    const count = readSync(descriptor, bytes, length, wanted, length)
    if (count === 0) break
    length += count
  }
  return bytes.subarray(0, length)
}
