import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { type BuildOptions, type BuildResult, build, type Plugin } from "esbuild"

// Entry points that our packages import beside the main one of another. Split, what these share would be a file for each
// set of them, and Node takes as long to import a file as for 50 kB in it.
const besides = ["options", "waiting", "makers", "values/index"]
const file = "together"
const namespace = ".ci/build-together.ts"

type Options = BuildOptions & { readonly outdir: string }
type Entries = Readonly<Record<string, string>>

/** Builds `entries`, and of those that are imported together makes one file, which theirs only pass on. */
export async function buildTogether(entries: Entries, options: Options): Promise<BuildResult> {
  const names = Object.keys(entries).filter((name) => name === "index" || besides.includes(name))
  if (names.length < 2) return await build({ ...options, entryPoints: { ...entries } })
  const { metafile } = await build({
    ...options,
    entryPoints: { ...entries },
    metafile: true,
    write: false,
  })
  // As esbuild names it, on Windows too.
  const outdir = relative(process.cwd(), options.outdir).replaceAll("\\", "/")
  const exportsOf = (name: string): readonly string[] =>
    metafile.outputs[`${outdir}/${name}.js`]!.exports
  const others = Object.entries(entries).filter(([name]) => !names.includes(name))
  const all: Plugin = {
    name: "together",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${file}$`) }, () => ({ path: file, namespace }))
      onLoad({ filter: /.*/, namespace }, () => ({
        contents: names
          .map((name, index) =>
            passOn(entries[name]!, exportsOf(name), (of) => `${of} as ${of}_${index}`),
          )
          .join("\n"),
        resolveDir: process.cwd(),
      }))
    },
  }
  const result = await build({
    ...options,
    entryPoints: { ...Object.fromEntries(others), [file]: file },
    plugins: [...(options.plugins ?? []), all],
  })
  for (const [index, name] of names.entries()) {
    const path = join(options.outdir, `${name}.js`)
    mkdirSync(dirname(path), { recursive: true })
    const up = "../".repeat(name.split("/").length - 1) || "./"
    writeFileSync(
      path,
      passOn(`${up}${file}.js`, exportsOf(name), (of) => `${of}_${index} as ${of}`),
    )
  }
  return result
}

function passOn(from: string, names: readonly string[], pass: (name: string) => string): string {
  return `export {\n${names.map((name) => `  ${pass(name)},\n`).join("")}} from ${JSON.stringify(from)}\n`
}
