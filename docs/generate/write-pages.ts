import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { benchmarkPages } from "./benchmarks/pages.ts"
import { referencePages } from "./reference/pages.ts"

const pages = join(import.meta.dirname, "../pages")

/** Writes the pages that are made of the code and of the measurements; they are never edited by hand. */
export function writePages(): void {
  write("reference", referencePages())
  write("benchmarks", benchmarkPages())
}

function write(folder: string, texts: ReadonlyMap<string, string>): void {
  const directory = join(pages, folder)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory)
  for (const [name, text] of texts) writeFileSync(join(directory, `${name}.md`), text)
}
