import type { WriteSettings } from "../write-options.ts"
import { Draft } from "./draft.ts"
import type { Target } from "./target.ts"
import { tooManyOpen, whenFewerOpen } from "./too-many-open.ts"

/** Opens a draft; undefined when too many files are open, here or on the whole machine. */
export function openDraftNow(target: Target, settings: WriteSettings): Draft | undefined {
  try {
    return Draft.open(target, settings)
  } catch (error) {
    if (tooManyOpen(error)) return undefined
    throw error
  }
}

/** Opens a draft, waiting a bounded time while too many files are open. */
export function openDraftLater(target: Target, settings: WriteSettings): Promise<Draft> {
  return whenFewerOpen(() => Draft.open(target, settings), settings.signal)
}
