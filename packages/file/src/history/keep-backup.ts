import { dirname, join } from "node:path"
import { makeFolderSync, stageFileSync } from "@persist/atomic"
import type { WriteRequest } from "@persist/core"
import type { Located } from "../reading/locate.ts"
import { readSnapshotSync } from "../reading/read-file.ts"
import type { FileContext } from "../writing/context.ts"
import { stageOptions } from "../writing/stage-options.ts"

/** A backup that was made of a value that is about to go. */
export interface Backup {
  readonly id: string
  /** Absolute; not on the disk for sure before its folder is synced. */
  readonly path: string
}

/**
 * Keeps the value that is about to be replaced or removed, unless it is damaged. The file itself is
 * kept, under a second name: it is never written to again, because a save makes a new file.
 * Call it under the key's commit lock.
 */
export function keepBackup(
  context: FileContext,
  key: string,
  current: Located,
  { backup: id, isValid }: Pick<WriteRequest, "backup" | "isValid">,
): Backup | undefined {
  if (id === undefined) return undefined
  if (!isWhole(context, current, isValid)) return undefined
  const path = join(context.history.folder("backup", key), id + current.format)
  try {
    link(context, current.path, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return { id, path }
    // A file system without links gets a copy.
    const { bytes } = readSnapshotSync(current.path)
    stageFileSync(path, bytes, stageOptions(context, path)).commitSync()
  }
  return { id, path }
}

// What is taken as it is may be larger than memory, and there is nothing to find out.
function isWhole(
  { isOpaque }: FileContext,
  { path, format }: Located,
  isValid: WriteRequest["isValid"],
): boolean {
  return isOpaque(format) || isValid(readSnapshotSync(path).bytes, format)
}

function link({ fileSystem }: FileContext, existing: string, path: string): void {
  try {
    fileSystem.linkSync(existing, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    makeFolderSync(dirname(path), { fileSystem })
    fileSystem.linkSync(existing, path)
  }
}
