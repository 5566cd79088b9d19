import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

/** The packages that a built module brings in by being imported, and those that its own imports bring in. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set()
  seen.add(file)
  const packages = new Set<string>()
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export|\})[^"\n]*"([^"\n]+)";?$/gm,
  )) {
    if (specifier!.startsWith("."))
      for (const name of packagesOf(join(dirname(file), specifier!), seen)) packages.add(name)
    else if (!specifier!.startsWith("node:")) packages.add(specifier!)
  }
  return packages
}

test("a configuration that is read before anything else loads neither storages nor parsers", () => {
  const entry = fileURLToPath(new URL("../dist/config.js", import.meta.url))
  expect([...packagesOf(entry)].sort()).toEqual(["@persist/core/options"])
})
