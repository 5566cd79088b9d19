import { readdirSync } from "node:fs"
import { join } from "node:path"

/** Every path below `directory` that is a temporary file or a lock. */
export function leftovers(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(?:tmp|lock|break)$/.test(path))
    .map((path) => join(directory, path))
}
