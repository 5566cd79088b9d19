import { join } from "node:path"
import { sweepTemporaries } from "@persist/atomic"
import { internalFolder } from "../keys/key-path.ts"
import type { FileContext } from "../writing/context.ts"

/** Removes the temporary files of processes that died, and none of a process that lives. */
export function sweepLeftovers({ staging, layout, fileSystem, logger }: FileContext): void {
  for (const folder of [staging, join(layout.root, internalFolder, "locks")]) {
    try {
      sweepTemporaries(folder, { fileSystem })
    } catch (error) {
      // On a read-only disk, say; nothing that a load or save depends on.
      logger?.debug?.(`Leftovers in ${folder} could not be removed.`, error)
    }
  }
}
