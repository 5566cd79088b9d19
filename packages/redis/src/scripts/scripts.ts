import { anchorScript } from "./anchor.ts"
import { appendScript } from "./append.ts"
import { entriesScript } from "./entries.ts"
import { acquireScript, releaseScript, renewScript } from "./lease.ts"
import { manifestScript } from "./manifest.ts"
import { outcomeScript } from "./outcome.ts"
import { quarantineScript } from "./quarantine.ts"
import { removeScript } from "./remove.ts"
import { saveScript } from "./save.ts"
import { savePlainScript } from "./save-plain.ts"
import type { Script } from "./script.ts"
import { sweepScript } from "./sweep.ts"

/** The scripts of one storage. */
export type Scripts = ReturnType<typeof scriptsFor>

/** @param isSharded Those that announce a change do it otherwise on a cluster. */
export function scriptsFor(isSharded: boolean): {
  readonly [Name in
    | "acquire"
    | "anchor"
    | "append"
    | "entries"
    | "manifest"
    | "outcome"
    | "quarantine"
    | "release"
    | "remove"
    | "renew"
    | "save"
    | "savePlain"
    | "sweep"]: Script
} {
  return {
    acquire: acquireScript,
    anchor: anchorScript,
    append: appendScript,
    entries: entriesScript,
    manifest: manifestScript,
    outcome: outcomeScript,
    quarantine: quarantineScript,
    release: releaseScript,
    remove: removeScript(isSharded),
    renew: renewScript,
    save: saveScript(isSharded),
    savePlain: savePlainScript(isSharded),
    sweep: sweepScript(isSharded),
  }
}
