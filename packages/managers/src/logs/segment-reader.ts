import { createReadStream } from "node:fs"
import { createGunzip } from "node:zlib"
import { isPlainObject } from "../plain-object.ts"
import type { LogEntry } from "./log-entry.ts"

/** One complete line of a segment. */
export interface SegmentLine {
  /** Undefined when the line is damaged. */
  readonly entry: LogEntry | undefined
  /** Offset behind the line, in bytes of the uncompressed segment. */
  readonly end: number
}

/** The complete lines of a segment from byte `start`; a last line without its end is not one yet. */
export async function* segmentLines(
  path: string,
  compressed: boolean,
  start: number,
): AsyncGenerator<SegmentLine, void, undefined> {
  const chunks: AsyncIterable<Buffer> = compressed
    ? createReadStream(path).pipe(createGunzip())
    : createReadStream(path, { start, highWaterMark: 1 << 18 })
  let skip = compressed ? start : 0
  let end = start
  let rest: Buffer = Buffer.alloc(0)
  for await (let chunk of chunks) {
    if (skip > 0) {
      const dropped = Math.min(skip, chunk.length)
      skip -= dropped
      chunk = chunk.subarray(dropped)
    }
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let to = rest.indexOf(10); to >= 0; to = rest.indexOf(10, from)) {
      end += to + 1 - from
      if (to > from) yield { entry: parseLine(rest.toString("utf8", from, to)), end }
      from = to + 1
    }
    rest = rest.subarray(from)
  }
}

function parseLine(line: string): LogEntry | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isPlainObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
