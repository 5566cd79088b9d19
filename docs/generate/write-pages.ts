import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { benchmarkPages } from "./benchmarks/pages.ts"
import { conformanceMatrix } from "./conformance.ts"
import { referencePages } from "./reference/pages.ts"

const site = join(import.meta.dirname, "..")
const noMatrix = "The table has not been written yet: `pnpm conformance --write` does it."

/** Writes the pages that are made of the code and of the measurements; they are never edited by hand. */
export function writePages(): void {
  write("pages/reference", referencePages())
  write("pages/benchmarks", benchmarkPages())
  // Parts that pages include.
  write("generated", new Map([["conformance", conformanceMatrix() ?? noMatrix]]))
}

function write(folder: string, texts: ReadonlyMap<string, string>): void {
  const directory = join(site, folder)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory)
  for (const [name, text] of texts) writeFileSync(join(directory, `${name}.md`), text)
}
