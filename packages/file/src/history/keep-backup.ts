import { dirname, join } from "node:path"
import { makeFolderSync, stageFileSync, syncFolderSync } from "@persist/atomic"
import type { WriteRequest } from "@persist/core"
import type { Located } from "../reading/locate.ts"
import { readSnapshotSync } from "../reading/read-file.ts"
import type { FileContext } from "../writing/context.ts"
import { stageOptions } from "../writing/stage-options.ts"
import { determinate } from "../writing/write-before.ts"
import { makeRoom, quarantinePath } from "./quarantine.ts"

/** A backup that was made of a value that is about to go. */
export interface Backup {
  readonly id: string
  /** Absolute; not on the disk for sure before its folder is synced. */
  readonly path: string
}

/**
 * Keeps the value that is about to be replaced or removed. The file itself is kept, under a second name: it
 * is never written to again, because a save makes a new file. Damaged bytes are no backup, and go to the
 * quarantine. Call it under the key's commit lock.
 */
export function keepBackup(
  context: FileContext,
  key: string,
  current: Located,
  { backup: id, isValid }: Pick<WriteRequest, "backup" | "isValid">,
): Backup | undefined {
  if (id === undefined) return undefined
  const { format } = current
  // What is taken as it is may be larger than memory, and there is nothing to find out.
  if (!context.isOpaque(format)) {
    const { bytes } = readSnapshotSync(current.path)
    if (!isValid(bytes, format)) {
      setAside(context, current, quarantinePath(context, key, bytes, format))
      return undefined
    }
  }
  const path = join(context.history.folder("backup", key), id + format)
  keep(context, current, path)
  return { id, path }
}

function setAside(context: FileContext, current: Located, path: string): void {
  const { durability, fileSystem } = context
  keep(context, current, path)
  if (durability === "full") syncFolderSync(dirname(path), { fileSystem })
  makeRoom(context, path)
}

function keep(context: FileContext, current: Located, path: string): void {
  try {
    link(context, current.path, path)
  } catch (refusal) {
    if ((refusal as NodeJS.ErrnoException).code === "EEXIST") return
    // A file system without links gets a copy.
    const { bytes } = readSnapshotSync(current.path)
    const copy = stageFileSync(path, bytes, stageOptions(context, path))
    try {
      copy.commitSync()
    } catch (error) {
      throw determinate(error)
    }
  }
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
