import { copyContainers } from "../../diff/copy-containers.ts"
import { diffToStore } from "../../diff/diff-to-store.ts"
import { isEndless } from "../../diff/is-endless.ts"
import { applyPatch } from "../../diff/patch.ts"
import { sameOrder } from "../../diff/same-order.ts"
import { sameSharing } from "../../diff/same-sharing.ts"
import { sameValue } from "../../diff/same-value.ts"
import type { CheckpointContent } from "./checkpoint.ts"
import type { StoredForm } from "./stored-form.ts"

/** Changes to go through at most before whole data: bounds the time to load any checkpoint. */
const deepest = 50

/** What a checkpoint builds on. */
export interface Base {
  readonly id: string
  readonly data: unknown
  readonly depth: number
}

/**
 * The content of a checkpoint that follows `base`: the changes, if they are much smaller than the
 * data, lead exactly to it, and the way back to whole data is not too long; else the data.
 */
export function changesFrom(base: Base, data: unknown, form: StoredForm): CheckpointContent {
  if (base.depth + 1 >= deepest) return { data }
  try {
    if (isEndless(data)) return { data }
    const patch = diffToStore(base.data, data)
    const content = { base: base.id, depth: base.depth + 1, patch }
    if (form.size(content) * 2 > form.size(data)) return { data }
    // The patch shares parts with the data, so it is applied to copies.
    const result = applyPatch(copyContainers(base.data), copyContainers(patch) as typeof patch)
    const isSame = sameValue(result, data) && sameOrder(result, data)
    return isSame && (!form.keepsIdentity || sameSharing(result, data)) ? content : { data }
  } catch {
    // Functions, instances of classes: with what cannot be compared the data is kept whole.
    return { data }
  }
}
