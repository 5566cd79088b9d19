import { historyIdTime } from "@persist/core"
import { entryTime } from "./log-entry.ts"
import type { Segment } from "./segment-name.ts"
import type { SegmentLine } from "./segment-reader.ts"

interface Source {
  readonly lines: AsyncIterator<SegmentLine, void>
  readonly segment: Segment
  line: SegmentLine
  time: number
}

/** A line with the segment that it stands in. */
export interface MergedLine {
  readonly segment: Segment
  readonly line: SegmentLine
}

/**
 * The lines of all segments by time, those of one segment always in their order, at the same time
 * the older segment's first. Segments are opened only when their time has come, so a log of one
 * writer is read file after file.
 */
export async function* mergeSegments(
  segments: readonly Segment[],
  read: (segment: Segment) => AsyncIterable<SegmentLine>,
): AsyncGenerator<MergedLine, void, undefined> {
  const waiting = [...segments]
  const sources: Source[] = []
  const openNext = async () => {
    const segment = waiting.shift()!
    const lines = read(segment)[Symbol.asyncIterator]() as AsyncIterator<SegmentLine, void>
    await advance({
      lines,
      segment,
      line: { entry: undefined, end: 0 },
      time: historyIdTime(segment.id),
    })
  }
  const advance = async (source: Source) => {
    const { done, value } = await source.lines.next()
    const index = sources.indexOf(source)
    if (done) {
      if (index >= 0) sources.splice(index, 1)
      return
    }
    if (index < 0) sources.push(source)
    source.line = value as SegmentLine
    const time = source.line.entry ? entryTime(source.line.entry) : Number.NaN
    // A line without a time belongs to the one before it.
    // Within a segment time never goes back, nor before its beginning, whatever a clock did.
    if (time > source.time) source.time = time
  }
  try {
    while (waiting.length > 0 || sources.length > 0) {
      const first = earliest(sources)
      if (waiting[0] && (!first || historyIdTime(waiting[0].id) < first.time)) await openNext()
      else if (first) {
        yield { segment: first.segment, line: first.line }
        await advance(first)
      }
    }
  } finally {
    for (const { lines } of sources) await lines.return?.()
  }
}

function earliest(sources: readonly Source[]): Source | undefined {
  return sources.reduce<Source | undefined>(
    (first, source) => (first === undefined || source.time < first.time ? source : first),
    undefined,
  )
}
