import fs from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { promisify } from "node:util"

/** Puts a file on the disk: by its number, for `sync` of a handle of Yarn's Plug'n'Play only throws. */
export function syncHandle(handle: FileHandle): Promise<void> {
  return promisify(fs.fsync)(handle.fd).catch((error: unknown) => {
    assertRefused(error)
    return handle.sync()
  })
}

/** `syncHandle` without what only tells about the file, such as its times. */
export function syncHandleData(handle: FileHandle): Promise<void> {
  return promisify(fs.fdatasync)(handle.fd).catch((error: unknown) => {
    assertRefused(error)
    return handle.datasync()
  })
}

/** Node's permission model takes no numbers from the program, but handles, which it gave out itself. */
function assertRefused(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ERR_ACCESS_DENIED") throw error
}
