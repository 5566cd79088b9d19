import { hostname } from "node:os"

/**
 * One file of a log. Its name says everything: `<id>.<writer>.open.ndjson` is being written,
 * `<id>.idle.ndjson` may be taken over by a new writer, `<id>.sealed.ndjson` and
 * `<id>.sealed.ndjson.gz` never change again. `base` in the name: the log begins here, whatever
 * older segments are still there.
 */
export interface Segment {
  readonly file: string
  readonly id: string
  readonly state: "open" | "idle" | "sealed"
  readonly compressed: boolean
  readonly base: boolean
  /** Host and process that write it; only while open. */
  readonly writer: string | undefined
}

const pattern =
  /^([0-9a-z]{26})(\.base)?(?:\.([A-Za-z0-9-]+~\d+))?\.(open|idle|sealed)\.ndjson(\.gz)?$/

/** This process as a writer. */
const thisWriter: string = `${hostname().replace(/[^A-Za-z0-9-]/g, "-")}~${process.pid}`

/** Reads a file's name; undefined for what is no segment. */
export function parseSegment(file: string): Segment | undefined {
  const match = pattern.exec(file)
  if (match === null) return undefined
  const [, id, base, writer, state, gz] = match
  return {
    file,
    id: id!,
    state: state as Segment["state"],
    compressed: gz !== undefined,
    base: base !== undefined,
    writer,
  }
}

/** The file name of a segment in `state`. */
export function segmentFile(
  { id, base }: Pick<Segment, "id" | "base">,
  state: Segment["state"],
): string {
  const writer = state === "open" ? `.${thisWriter}` : ""
  return `${id}${base ? ".base" : ""}${writer}.${state}.ndjson`
}

/** Whether an open segment is written by a process of this machine and number. */
export function isOfThisProcess(segment: Segment): boolean {
  return segment.state === "open" && segment.writer === thisWriter
}

/** Whether the process that writes an open segment is certainly gone, by its number. */
export function isOfDeadProcess(segment: Segment): boolean {
  if (segment.state !== "open" || segment.writer === undefined) return false
  const [host, processId] = segment.writer.split("~")
  if (host !== thisWriter.split("~")[0]) return false
  try {
    process.kill(Number(processId), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH"
  }
}
