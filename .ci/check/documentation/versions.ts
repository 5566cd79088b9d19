import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { GateFailure } from "../gate.ts"
import { root } from "../workspace.ts"

/** A package with the range under which this repository knows it, so that no release of a stranger breaks the check. */
export function known(name: string): string {
  const patterns = ["packages/*/package.json", "examples/*/package.json", "benchmarks/package.json"]
  for (const path of globSync(patterns, { cwd: root }).sort()) {
    const manifest = JSON.parse(readFileSync(join(root, path), "utf8"))
    const range = { ...manifest.devDependencies, ...manifest.dependencies }[name]
    if (range) return `${name}@${range}`
  }
  throw new GateFailure(`a page imports ${name}, which no package.json of this repository names`)
}
