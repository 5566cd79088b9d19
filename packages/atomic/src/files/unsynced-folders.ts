import { dirname } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"
import { realFolder } from "./place.ts"

// Programs that never ask for full durability never sync: what they create must not pile up here.
const mostRemembered = 65_536

const created = perFileSystem(() => new Set<string>())

/** Remembers that `folder`, which exists, is new and that the entry which names it may not be on the disk yet. */
export function rememberFolder(fileSystem: FileSystem, folder: string): void {
  const folders = created(fileSystem)
  folders.add(realFolder(fileSystem, folder))
  if (folders.size > mostRemembered) folders.delete(folders.values().next().value!)
}

/** The new folders on the way to `folder`, itself included, links resolved; whoever created them. */
export function unsyncedFolders(fileSystem: FileSystem, folder: string): readonly string[] {
  const folders = created(fileSystem)
  if (folders.size === 0) return []
  const found: string[] = []
  let current = realFolder(fileSystem, folder)
  for (;;) {
    if (folders.has(current)) found.push(current)
    const above = dirname(current)
    if (above === current) return found
    current = above
  }
}

/** Forgets one that `unsyncedFolders` named: the folder above it has been synced since. */
export function forgetFolder(fileSystem: FileSystem, folder: string): void {
  created(fileSystem).delete(folder)
}
