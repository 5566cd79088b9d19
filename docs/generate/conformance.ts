import { readFileSync } from "node:fs"
import { join } from "node:path"

const readme = join(import.meta.dirname, "../../packages/core/README.md")
const place = /<!-- conformance -->\n([\s\S]*?)\n<!-- \/conformance -->/

/** The table that the conformance run wrote into the README of core. */
export function conformanceMatrix(): string {
  const [, table] = place.exec(readFileSync(readme, "utf8")) ?? []
  return table?.trim() ?? ""
}
