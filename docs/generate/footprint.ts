import { readFileSync } from "node:fs"
import { join } from "node:path"

const recorded = join(import.meta.dirname, "../../.ci/footprint.json")

/** How many packages are installed with one of ours, itself included, as the last recording of the footprint has it. */
export function installedPackages(name: string): string {
  const footprint: Record<string, { readonly packages: number } | undefined> = JSON.parse(
    readFileSync(recorded, "utf8"),
  )
  return String(footprint[`@persist/${name}`]?.packages ?? "not recorded yet")
}
