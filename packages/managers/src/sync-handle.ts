import fs from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { promisify } from "node:util"

/** Puts a file on the disk, by its number: handles of Yarn's Plug'n'Play have no `sync`. */
export function syncHandle({ fd }: FileHandle): Promise<void> {
  return promisify(fs.fsync)(fd)
}

/** `syncHandle` without what only tells about the file, such as its times. */
export function syncHandleData({ fd }: FileHandle): Promise<void> {
  return promisify(fs.fdatasync)(fd)
}
