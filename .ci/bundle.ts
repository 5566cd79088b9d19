import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { lazyCrypto } from "./lazy-crypto.ts"

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
const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
const entries: Record<string, string> = {}
const published: Record<string, unknown> = {}
for (const [path, target] of Object.entries(manifest.exports)) {
  if (typeof target === "string") {
    published[path] = target
    continue
  }
  const name = target.default.replace(/^\.\/dist\//, "").replace(/\.js$/, "")
  entries[name] = join(folder, target.default)
  published[path] = { types: target.types, default: `./dist/bundle/${name}.js` }
}
if (JSON.stringify(published) !== JSON.stringify(manifest.publishConfig.exports)) {
  console.error(
    `${manifest.name}: publishConfig.exports must be\n${JSON.stringify(published, undefined, 2)}`,
  )
  process.exit(1)
}
const outdir = join(folder, "dist/bundle")
rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints: entries,
  outdir,
  chunkNames: "shared-[hash]",
  bundle: true,
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node22.18",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
  plugins: [lazyCrypto],
})
