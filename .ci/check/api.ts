import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { apiReport } from "./api/report.ts"
import { type Gate, GateFailure } from "./gate.ts"
import { type Package, packagesIn } from "./workspace.ts"

/** Every package's API is the one in its reviewed report, `api.txt`; `record` writes what it is now. */
export function reviewedApi({ record }: { readonly record: boolean }): Gate {
  return {
    name: "public API",
    async run() {
      const changed: string[] = []
      const packages = packagesIn()
      for (const one of packages) {
        const path = join(one.directory, "api.txt")
        const report = apiReport(one.manifest.name, entriesOf(one))
        const before = existsSync(path) ? readFileSync(path, "utf8") : ""
        if (record) writeFileSync(path, report)
        else if (report !== before)
          changed.push(`${one.manifest.name}:`, ...difference(before, report))
      }
      if (changed.length === 0) return `${packages.length} packages as reviewed`
      throw new GateFailure(
        "what users see has changed; pnpm check --record if that is meant",
        changed,
      )
    },
  }
}

/** Declaration file of every entry point that has types. */
function entriesOf({ directory, manifest }: Package): Record<string, string> {
  const found = Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) => {
    const types = (target as { readonly types?: string }).types
    return types === undefined ? [] : [[entry, join(directory, types)] as const]
  })
  return Object.fromEntries(found)
}

/** The lines that only one of two texts has, which is enough to see what has changed. */
function difference(before: string, after: string): string[] {
  const old = new Set(before.split("\n"))
  const now = new Set(after.split("\n"))
  return [
    ...[...old].filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...[...now].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ]
}
