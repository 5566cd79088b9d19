import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { buildTogether } from "./build-together.ts"
import { keepContents } from "./keep-contents.ts"
import { quickBuiltins } from "./quick-builtins.ts"

// Runs before a package is packed: makes one file of each entry point, and of what several share, since Node takes half
// a millisecond for every module that it imports. What is published points there; the repository works on dist as it is.
interface Manifest {
  readonly name: string
  readonly exports: Exports
  readonly publishConfig: { readonly exports?: Exports }
}
type Exports = Readonly<
  Record<string, string | { readonly types: string; readonly default: string }>
>

const folder = process.cwd()
const path = join(folder, "package.json")
const manifest: Manifest = JSON.parse(readFileSync(path, "utf8"))
const entries: Record<string, string> = {}
const published: Record<string, unknown> = {}
for (const [entry, target] of Object.entries(manifest.exports)) {
  if (typeof target === "string") {
    published[entry] = target
    continue
  }
  const name = target.default.replace(/^\.\/dist\//, "").replace(/\.js$/, "")
  entries[name] = join(folder, target.default)
  published[entry] = { types: target.types, default: `./dist/bundle/${name}.js` }
}
if (JSON.stringify(published) !== JSON.stringify(manifest.publishConfig.exports)) {
  if (!process.argv.includes("--record")) {
    console.error(
      `${manifest.name}: publishConfig.exports differs from exports; node .ci/bundle.ts --record in its folder writes it.`,
    )
    process.exit(1)
  }
  const publishConfig = { ...manifest.publishConfig, exports: published }
  writeFileSync(path, `${JSON.stringify({ ...manifest, publishConfig }, undefined, 2)}\n`)
}
const outdir = join(folder, "dist/bundle")
rmSync(outdir, { recursive: true, force: true })
const { metafile } = await buildTogether(entries, {
  outdir,
  chunkNames: "shared-[hash]",
  bundle: true,
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node22.18",
  sourcemap: true,
  logLevel: "warning",
  metafile: true,
  plugins: [quickBuiltins],
})
keepContents(Object.keys(metafile!.outputs).filter((name) => name.endsWith(".map")))
// A plain `require` is there for the bundlers of those who install this: they must find it as it was written.
for (const file of Object.keys(metafile!.outputs).filter((name) => name.endsWith(".js"))) {
  const text = readFileSync(file, "utf8")
  const plain = text.replaceAll(/\b__require\((?=")/g, "require(")
  if (plain !== text) writeFileSync(file, plain)
}
