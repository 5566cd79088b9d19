import type { FileSystem } from "../file-system.ts"
import { writeAllSync } from "./content.ts"

// UTF-16 code units. Larger pieces find fewer bytes in the processor's caches, smaller ones fill more pages one by one.
const pieceLength = 262_144
const shortLength = 21_845
const mostBytesOfUnit = 3

let scratch: Buffer | undefined

/**
 * Writes text as UTF-8, a piece at a time through memory that is kept: new memory for a megabyte takes the
 * kernel longer to hand out than the text takes to encode and to write.
 *
 * @returns The size in bytes.
 */
export function writeTextSync(
  fileSystem: FileSystem,
  descriptor: number,
  text: string,
  path: string,
): number {
  if (text.length <= shortLength) {
    const bytes = Buffer.from(text)
    writeAllSync(fileSystem, descriptor, bytes, path)
    return bytes.length
  }
  scratch ??= Buffer.allocUnsafeSlow(pieceLength * mostBytesOfUnit)
  let size = 0
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = pieceEnd(text, start)
    const length = scratch.write(text.slice(start, end), "utf8")
    writeAllSync(fileSystem, descriptor, scratch.subarray(0, length), path)
    size += length
  }
  return size
}

/** Where the piece that begins at `start` ends: not between the halves of a character. */
function pieceEnd(text: string, start: number): number {
  const end = Math.min(start + pieceLength, text.length)
  if (end === text.length) return end
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end
}
