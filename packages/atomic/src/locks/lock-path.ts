import { createHash } from "node:crypto"
import { basename, dirname, join } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { resolveTarget } from "../files/target.ts"

const suffix = ".lock"
const longestName = 255

/** The lock file of `path`: beside the file to which `path` leads, so that every link to it means one lock. */
export function lockPath(path: string | URL, fileSystem: FileSystem): string {
  const target = resolveTarget(path, fileSystem).path
  const name = `${basename(target)}${suffix}`
  if (Buffer.byteLength(name) <= longestName) return `${target}${suffix}`
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32)
  return join(dirname(target), `.${digest}${suffix}`)
}
