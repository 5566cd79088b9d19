import { createHash } from "node:crypto"
import { basename, dirname, join } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { resolveTarget } from "../files/target.ts"

const suffix = ".lock"
const longestName = 255
const slashes = process.platform === "win32" ? /[\\/]+$/ : /\/+$/

/**
 * The lock file of `path`: beside the file or folder to which `path` leads, so that every link to it, and a folder with
 * or without its slash, means one lock.
 */
export function lockPath(path: string | URL, fileSystem: FileSystem): string {
  const { path: led, existing } = resolveTarget(path, fileSystem)
  const target = existing?.isDirectory() ? fileSystem.realpathSync(led) : led.replace(slashes, "")
  const name = `${basename(target)}${suffix}`
  if (Buffer.byteLength(name) <= longestName) return `${target}${suffix}`
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32)
  return join(dirname(target), `.${digest}${suffix}`)
}
