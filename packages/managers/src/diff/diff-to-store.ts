import { commonItems } from "./common-items.ts"
import { diffText } from "./diff-text.ts"
import { diffAny } from "./diff-values.ts"
import type { StoredOperation } from "./patch.ts"

/** The operations that turn `before` into `after` in the fewest bytes; maps and sets are looked into too. */
export function diffToStore(before: unknown, after: unknown): StoredOperation[] {
  return diffAny(before, after, { text: diffText, entries: true, repeated: commonItems }, "")
}
