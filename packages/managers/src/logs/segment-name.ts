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
  /** The process that writes it, as `makerName` of atomic says it, or host and number in names of old; only while open. */
  readonly writer: string | undefined
}

const pattern =
  /^([0-9a-z]{26})(\.base)?(?:\.([0-9a-v]{22}|[A-Za-z0-9-]+~\d+))?\.(open|idle|sealed)\.ndjson(\.gz)?$/

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

/** The file name of a segment that nobody writes. */
export function segmentFile(
  { id, base }: Pick<Segment, "id" | "base">,
  state: "idle" | "sealed",
): string {
  return `${id}${base ? ".base" : ""}.${state}.ndjson`
}

/** The file name of a segment that `writer` writes. */
export function openSegmentFile(
  { id, base }: Pick<Segment, "id" | "base">,
  writer: string,
): string {
  return `${id}${base ? ".base" : ""}.${writer}.open.ndjson`
}
