import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type BuildOptions, build } from "esbuild"
import { rootTool } from "../command.ts"
import { type Gate, GateFailure } from "../gate.ts"
import type { PackedPackage } from "../packed/pack.ts"
import { root } from "../workspace.ts"
import type { FootprintTable } from "./footprint.ts"
import { installScripts, licenceProblems } from "./harmless.ts"
import { inventory } from "./inventory.ts"
import { Project } from "./project.ts"

/** Installed alone by npm, a package type-checks, runs and brings nothing that it should not. */
export function worksAlone(one: PackedPackage, url: string, table: FootprintTable): Gate {
  return {
    name: `${one.name} alone, by npm`,
    async run() {
      await using project = await Project.install(one.name, "npm", url)
      const installed = await inventory(project.directory)
      const harm = installed.flatMap((each) => [...installScripts(each), ...licenceProblems(each)])
      if (harm.length > 0) throw new GateFailure("it brings what it should not", harm)
      const footprint = await table.measure(one, installed, project)
      await compileAndRun(project, one.name)
      await bundleAndRun(project)
      return footprint
    },
  }
}

/** Installed alone by pnpm, where only declared dependencies can be reached, it runs too. */
export function worksAloneWithPnpm(one: PackedPackage, url: string): Gate {
  return {
    name: `${one.name} alone, by pnpm`,
    async run() {
      await using project = await Project.install(one.name, "pnpm", url)
      await compileAndRun(project, one.name)
      return "no script, no question"
    },
  }
}

/** The program in `.ci/consumers` compiles without any of TypeScript's mercy, its forbidden line fails, and it runs. */
async function compileAndRun(project: Project, name: string): Promise<void> {
  const program = join(root, ".ci/consumers", `${name.replace("@persist/", "")}.ts`)
  if (!existsSync(program)) throw new GateFailure(`there is no ${program}`)
  await project.copy(program, "program.ts")
  await project.write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions: consumerOptions, files: ["program.ts"] }),
  )
  await project.demand(rootTool("tsc"), ["-p", "."], "a program that uses it does not compile")
  await project.demand(process.execPath, ["program.js"], "a program that uses it fails")
  const load = `if (Object.keys(require("${name}")).length === 0) process.exit(1)`
  await project.write("program.cjs", load)
  await project.demand(process.execPath, ["program.cjs"], "it cannot be loaded by require")
}

const native = ["better-sqlite3"]

/**
 * Made into one file with all that it imports, the program runs far from any `node_modules`: as it is
 * deployed. Native code lies beside it; drivers that nobody installed are left out by themselves.
 */
async function bundleAndRun(project: Project): Promise<void> {
  const elsewhere = await mkdtemp(join(tmpdir(), "persist-bundled-"))
  try {
    await mkdir(join(elsewhere, "node_modules"))
    for (const name of native) {
      const installed = join(project.directory, "node_modules", name)
      if (existsSync(installed)) await symlink(installed, join(elsewhere, "node_modules", name))
    }
    const program = join(project.directory, "program.js")
    // The CommonJS inside looks for these.
    const banner =
      'import { createRequire as requireFrom } from "node:module"\nconst require = requireFrom(import.meta.url)'
    await bundle(program, join(elsewhere, "bundle.mjs"), { format: "esm", banner: { js: banner } })
    await project.write("in-function.js", inFunction(await readFile(program, "utf8")))
    const wrapped = join(project.directory, "in-function.js")
    await bundle(wrapped, join(elsewhere, "bundle.cjs"), { format: "cjs" })
    for (const name of ["bundle.mjs", "bundle.cjs"]) {
      const file = join(elsewhere, name)
      await project.demand(process.execPath, [file], `a program that uses it fails as ${name}`)
    }
  } finally {
    await rm(elsewhere, { recursive: true, force: true })
  }
}

async function bundle(program: string, outfile: string, options: BuildOptions): Promise<void> {
  const { warnings } = await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: "node",
    target: "node22.18",
    external: [...native],
    logLevel: "silent",
    ...options,
  })
  if (warnings.length === 0) return
  const details = warnings.map(({ text, location }) => `${location?.file}: ${text}`)
  throw new GateFailure("bundling a program that uses it gives warnings", details)
}

/** CommonJS cannot wait at its top level; what a compiled program exports nobody needs. */
function inFunction(program: string): string {
  const imports = /^import [^;]*? from .*$/gm
  const exported = /^export (?:\{[^}]*\};?$)?/gm
  const body = program.replaceAll(imports, "").replaceAll(exported, "")
  return `${(program.match(imports) ?? []).join("\n")}\nvoid (async () => {\n${body}\n})()\n`
}

/** How the most careful user compiles. */
export const consumerOptions = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
}
