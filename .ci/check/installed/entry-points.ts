import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import type { PackedPackage } from "../packed/pack.ts"
import type { Project } from "./project.ts"

/** What one entry point costs whoever imports it. */
export interface EntryPointCost {
  /** Kilobytes of its own package's code, bundled, minified and gzipped. */
  readonly minifiedKilobytes: number
  /** Milliseconds that a new process takes to import it, dependencies included. */
  readonly importMilliseconds: number
}

/** Measures every entry point of an installed package. */
export async function measureEntryPoints(
  project: Project,
  one: PackedPackage,
): Promise<Record<string, EntryPointCost>> {
  const paths = Object.keys(one.manifest.exports ?? {}).filter((path) => !path.endsWith(".json"))
  const costs: Record<string, EntryPointCost> = {}
  for (const path of paths.sort()) {
    const specifier = one.name + path.slice(1)
    costs[path] = {
      minifiedKilobytes: await minified(project, one, specifier),
      importMilliseconds: await importTime(project, specifier),
    }
  }
  return costs
}

async function minified(project: Project, one: PackedPackage, specifier: string): Promise<number> {
  const { dependencies = {}, peerDependencies = {} } = one.manifest
  const result = await build({
    stdin: { contents: `export * from "${specifier}"`, resolveDir: project.directory },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    external: [...Object.keys(dependencies), ...Object.keys(peerDependencies)],
    logLevel: "silent",
  })
  return Math.round(gzipSync(result.outputFiles[0]!.contents).length / 100) / 10
}

/** The best of five: what the machine does beside only makes it longer. */
async function importTime(project: Project, specifier: string): Promise<number> {
  const program = `const start = performance.now(); await import("${specifier}"); console.log(performance.now() - start)`
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const args = ["--input-type=module", "--eval", program]
    times.push(Number(await project.demand(process.execPath, args, `cannot import ${specifier}`)))
  }
  return Math.round(Math.min(...times) * 10) / 10
}
