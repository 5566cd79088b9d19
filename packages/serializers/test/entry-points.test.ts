import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { describe, expect, test } from "vitest"

const directory = join(import.meta.dirname, "..")
const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith(".json"))

interface Loaded {
  readonly names: string[]
  readonly packages: string[]
  /** Whether Node has loaded what fetch is made of, which takes longer than all of this package. */
  readonly fetch: boolean
}

/** What a fresh process has loaded after importing one entry point: the exports, and code from outside. */
function load(entry: string): Loaded {
  const specifier = `@persist/serializers${entry.slice(1)}`
  const script = `
    import { createRequire } from "node:module"
    const names = Object.keys(await import(${JSON.stringify(specifier)}))
    const { cache } = createRequire(import.meta.url)
    const packages = Object.keys(cache).map((path) => 
      path.includes("node_modules/") ? path.split("node_modules/").at(-1).split("/")[0] : path.split("/").at(-1))
    const fetch = process.moduleLoadList.some((name) => name.includes("undici"))
    console.log(JSON.stringify({ names, packages: [...new Set(packages)], fetch }))`
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: directory,
    encoding: "utf8",
  })
  expect(stderr).toBe("")
  return JSON.parse(stdout)
}

describe("entry points", () => {
  test("there is one for every format and wrapper", () => {
    expect(entries).toEqual([
      ".",
      "./json",
      "./msgpack",
      "./pickle",
      "./yaml",
      "./compressed",
      "./encrypted",
      "./checksummed",
      "./validated",
      "./detect",
    ])
  })

  test.each(entries)("%s loads nothing that it does not need", (entry) => {
    const { names, packages, fetch } = load(entry)
    expect(names.length).toBeGreaterThan(0)
    expect(fetch).toBe(false)
    // yaml is loaded by the first document, not by an import.
    const needed = [".", "./pickle", "./detect"].includes(entry) ? ["msgpackr.cjs"] : []
    expect(packages).toEqual(needed)
  })

  test("msgpackr travels with its licence, as it was published and without code generation", () => {
    const vendor = join(directory, "dist/vendor")
    const { resolve } = createRequire(import.meta.url)
    const original = readFileSync(resolve("msgpackr/index-no-eval"), "utf8")
    const carried = readFileSync(join(vendor, "msgpackr.cjs"), "utf8")
    expect(original).toContain(carried.slice(carried.indexOf("\n") + 1).trimEnd())
    expect(carried).not.toMatch(/new Function|eval\(/)
    expect(readFileSync(join(vendor, "msgpackr.LICENSE"), "utf8")).toContain("Kris Zyp")
  })

  test("the package depends on core and yaml alone, and has no install script", () => {
    expect(Object.keys(manifest.dependencies)).toEqual(["@persist/core", "yaml"])
    for (const script of ["preinstall", "install", "postinstall"])
      expect(manifest.scripts[script]).toBe(undefined)
  })
})
