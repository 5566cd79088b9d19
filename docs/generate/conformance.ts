import { readFileSync } from "node:fs"
import { join } from "node:path"

const readme = join(import.meta.dirname, "../../packages/core/README.md")
const place = /<!-- conformance -->\n([\s\S]*?)\n<!-- \/conformance -->/

/** The table that the conformance run wrote into the README of core; `undefined` before its first run. */
export function conformanceMatrix(): string | undefined {
  return place.exec(readFileSync(readme, "utf8"))?.[1]?.trim()
}
