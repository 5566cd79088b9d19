import { opendir } from "node:fs/promises"
import type { FileSystem } from "../file-system.ts"
import { nodeFileSystem } from "../node-file-system.ts"
import { sweepTemporaries } from "../sweep-temporaries.ts"
import { isTemporaryName } from "./temporary-name.ts"

// A folder of a million files takes a second to look through; whoever keeps that many can sweep by themselves.
const mostEntries = 20_000
const mostRemembered = 4_096

const tidied = new Set<string>()

/** Sweeps a folder in the background, the first time that this process writes into it. */
export function tidyOnce(fileSystem: FileSystem, folder: string): void {
  if (tidied.has(folder) || fileSystem !== nodeFileSystem) return
  if (tidied.size >= mostRemembered) tidied.clear()
  tidied.add(folder)
  setImmediate(() => {
    // Whoever wrote has been told that it worked; what cannot be tidied stays until the next process.
    tidy(folder).catch(() => {})
  })
}

async function tidy(folder: string): Promise<void> {
  const names: string[] = []
  let entries = 0
  for await (const { name } of await opendir(folder, { bufferSize: 512 })) {
    if (isTemporaryName(name)) names.push(name)
    if (++entries === mostEntries) break
  }
  if (names.length > 0) sweepTemporaries(folder, { names })
}
