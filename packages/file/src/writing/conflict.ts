import { PersistError } from "@persist/core"
import type { Located } from "../reading/locate.ts"
import { revisionOf } from "../reading/revision.ts"

/** @throws `ERR_PERSIST_CONFLICT` unless `current` is at the revision that the caller knows. */
export function checkRevision(
  key: string,
  current: Located | undefined,
  wanted: string | null | undefined,
): void {
  if (wanted === undefined) return
  const actual = current === undefined ? null : revisionOf(current.facts)
  if (actual === wanted) return
  const found = actual === null ? "there is no value" : `it is at ${actual}`
  const expected = wanted === null ? "no value" : `revision ${wanted}`
  throw new PersistError(
    "ERR_PERSIST_CONFLICT",
    `"${key}" was to have ${expected}, but ${found}: somebody else wrote it. Load it and decide again.`,
    { key, details: { expected: wanted, actual } },
  )
}
