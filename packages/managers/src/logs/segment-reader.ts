import { createReadStream } from "node:fs"
import { pipeline } from "node:stream"
import { createGunzip } from "node:zlib"
import { type LogEntry, parseEntry } from "./log-entry.ts"

/** One complete line of a segment. */
export interface SegmentLine {
  /** Undefined when the line is damaged, and where reading begins again. */
  readonly entry: LogEntry | undefined
  /** Offset behind the line, in bytes of the uncompressed segment. */
  readonly end: number
}

/**
 * The complete lines of a segment from byte `start`; a last line without its end is not one yet. From the
 * beginning, if no line ends at `start` any more: then the file was cut, by a power cut or by somebody else.
 */
export async function* segmentLines(
  path: string,
  compressed: boolean,
  start: number,
): AsyncGenerator<SegmentLine, void, undefined> {
  let isThere = start === 0
  const before = Math.max(start - 1, 0)
  const chunks: AsyncIterable<Buffer> = compressed
    ? unpacked(path)
    : createReadStream(path, { start: before, highWaterMark: 1 << 18 })
  let skip = compressed ? before : 0
  let end = start
  /** The beginning of a line whose end has not come yet. */
  const begun: Buffer[] = []
  for await (let chunk of chunks) {
    if (skip > 0) {
      const dropped = Math.min(skip, chunk.length)
      skip -= dropped
      chunk = chunk.subarray(dropped)
    }
    if (chunk.length === 0) continue
    let from = 0
    if (!isThere) {
      if (chunk[0] !== 10) break
      isThere = true
      from = 1
    }
    for (let to = chunk.indexOf(10, from); to >= 0; to = chunk.indexOf(10, from)) {
      begun.push(chunk.subarray(from, to))
      const line = begun.length === 1 ? begun[0]! : Buffer.concat(begun)
      begun.length = 0
      end += line.length + 1
      if (line.length > 0) yield { entry: parseEntry(line.toString()), end }
      from = to + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (isThere) return
  // Said though no line may be there yet: later as many bytes may stand there as before.
  yield { entry: undefined, end: 0 }
  yield* segmentLines(path, compressed, 0)
}

/** What goes wrong with the file arrives where the result is read. */
function unpacked(path: string): AsyncIterable<Buffer> {
  const gunzip = createGunzip()
  pipeline(createReadStream(path), gunzip, () => {})
  return gunzip
}
