import type { QueryResult } from "kysely"

/** Rows that were read at once, as a stream gives them. */
export function* inChunks<R>(
  rows: readonly R[],
  chunkSize: number,
): Generator<QueryResult<R>, void, undefined> {
  for (let start = 0; start < rows.length; start += chunkSize) {
    yield { rows: rows.slice(start, start + chunkSize) }
  }
}
