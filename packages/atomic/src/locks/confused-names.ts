import { dirname } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { kindCheck } from "../files/file-system-kind.ts"

// SMB, by its two numbers.
const isConfusing = kindCheck<string>(new Set([0xfe534d42, 0xff534d42]))

/**
 * Whether files in the folder of `lockFile` are asked about by name: an SMB client on Linux opens a file that is open by
 * one name by no other, tells nothing of it once that name is gone, and goes on showing the name of an open file that
 * was removed. A lock must be made, and be known, by one name there.
 */
export function confusesNames(fileSystem: FileSystem, lockFile: string): boolean {
  const folder = dirname(lockFile)
  return isConfusing(fileSystem, folder, folder)
}
