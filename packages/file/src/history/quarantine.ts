import { createHash } from "node:crypto"
import { lstatSync } from "node:fs"
import { dirname, join } from "node:path"
import { writeFileAtomic } from "@persist/atomic"
import type { StoredValue } from "@persist/core"
import { factsOf, isMissing } from "../reading/containment.ts"
import type { FileContext } from "../writing/context.ts"
import { stageOptions } from "../writing/stage-options.ts"
import { namesIn } from "./history.ts"

/** How many damaged contents of one key are kept. */
const mostKept = 10

/**
 * Keeps damaged bytes under `.persist/quarantine/<key>/`, named by their content: the same damage, met
 * by however many loads and processes, is kept once. The oldest make room.
 */
export async function quarantine(
  context: FileContext,
  key: string,
  { bytes, entry }: StoredValue,
): Promise<void> {
  const path = quarantinePath(context, key, bytes, entry.format)
  if (factsOf(path) !== undefined) return
  await writeFileAtomic(path, bytes, stageOptions(context, path))
  makeRoom(context, path)
}

/** Where damaged bytes of `key` are kept; absolute. */
export function quarantinePath(
  { layout }: FileContext,
  key: string,
  bytes: Uint8Array,
  format: string,
): string {
  const name = createHash("sha256").update(bytes).digest("hex").slice(0, 32) + format
  return join(layout.internal("quarantine", key), name)
}

/** Removes the oldest beside the one that was kept just now, at `path`: clocks go back, and some tell no two moments apart. */
export function makeRoom({ fileSystem }: FileContext, path: string): void {
  const others = quarantined(dirname(path)).filter((other) => other.path !== path)
  for (const { path: old } of others.slice(0, Math.max(0, others.length + 1 - mostKept))) {
    try {
      fileSystem.unlinkSync(old)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
}

function quarantined(folder: string): { readonly path: string; readonly time: number }[] {
  return namesIn(folder)
    .filter((name) => /^[0-9a-f]{32}\./.test(name))
    .flatMap((name) => {
      try {
        const path = join(folder, name)
        return [{ path, time: lstatSync(path).mtimeMs }]
      } catch {
        return []
      }
    })
    .sort((a, b) => a.time - b.time)
}
