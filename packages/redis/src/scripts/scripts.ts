import { appendScript } from "./append.ts"
import { entriesScript } from "./entries.ts"
import { manifestScript } from "./manifest.ts"
import { quarantineScript } from "./quarantine.ts"
import { removeScript } from "./remove.ts"
import { saveScript } from "./save.ts"
import type { Script } from "./script.ts"
import { sweepScript } from "./sweep.ts"

/** The scripts of one storage; those that announce differ on a cluster. */
export interface Scripts {
  readonly manifest: Script
  readonly append: Script
  readonly quarantine: Script
  readonly save: Script
  readonly remove: Script
  readonly sweep: Script
  readonly entries: Script
}

export function scriptsFor(isSharded: boolean): Scripts {
  return {
    manifest: manifestScript,
    append: appendScript,
    quarantine: quarantineScript,
    save: saveScript(isSharded),
    remove: removeScript(isSharded),
    sweep: sweepScript(isSharded),
    entries: entriesScript,
  }
}
