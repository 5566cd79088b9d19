/** What stands before the bytes of a record, or alone when they lie elsewhere. */
export interface RecordHead {
  /** Id of the change log's entry of this write: milliseconds of the server's clock, and a count. */
  readonly id: string
  /** Which operation wrote it. */
  readonly operation: string
  /** Milliseconds since the epoch on the server's clock; 0 for never. */
  readonly expiresAt: number
  readonly size: number
  /** The highest fencing token that it was written with, while it was there. */
  readonly fence: number | undefined
  /** Where its bytes lie; `undefined`: behind the head. */
  readonly body: string | undefined
  readonly format: string
  /** How many bytes the head takes. */
  readonly length: number
}

/** Longest head that the scripts look at. A format's name is limited so that every head fits. */
export const longestHead = 512

const lineFeed = 10
const version = "P1"

/** Reads the head of a record; `undefined` when that is none. */
export function parseHead(record: Buffer): RecordHead | undefined {
  const end = record.indexOf(lineFeed)
  if (end < 0) return undefined
  const fields = record.toString("utf8", 0, end).split(" ")
  if (fields.length < 8 || fields[0] !== version) return undefined
  const [, id, operation, expiresAt, size, fence, body] = fields as [string, ...string[]]
  return {
    id: id!,
    operation: operation!,
    expiresAt: Number(expiresAt),
    size: Number(size),
    fence: fence === "-" ? undefined : Number(fence),
    body: body === "-" ? undefined : body!,
    format: fields.length === 8 ? fields[7]! : fields.slice(7).join(" "),
    length: end + 1,
  }
}

/** The revision of a record: unique, also where a failover has lost the write that had the same id. */
export function revisionOf(id: string, operation: string): string {
  return `${id}.${operation}`
}

/** When the change with that id happened, on the server's clock. Milliseconds since the epoch. */
export function timeOf(id: string): number {
  return Number(id.slice(0, id.indexOf("-")))
}
