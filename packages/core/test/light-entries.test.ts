import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"

const source = join(import.meta.dirname, "../src")

/** The packages whose whole entry points a module needs to run, by itself or through what it imports. */
function wholePackages(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return []
  seen.add(path)
  const code = readFileSync(path, "utf8")
  const imports = code.matchAll(/^(?:import|export) (?!type\b)[^"]*?from "([^"]+)"/gm)
  return [...imports].flatMap(([, from]) => {
    if (from!.startsWith(".")) return wholePackages(join(dirname(path), from!), seen)
    return /^@persist\/\w+$/.test(from!) ? [`${path}: ${from}`] : []
  })
}

// Configurations are loaded before anything else: what they need of core must not bring in all of atomic.
test("the entry of options needs no whole package", () => {
  expect(wholePackages(join(source, "options.ts"))).toEqual([])
})
