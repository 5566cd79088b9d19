import { globSync, readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { rootTool } from "./command.ts"
import { blocksIn, indentedFences } from "./documentation/blocks.ts"
import { problemsOf } from "./documentation/other-blocks.ts"
import { type DocumentedProgram, packagesOf, programsIn } from "./documentation/programs.ts"
import { deadLinks } from "./documentation/relative-links.ts"
import { type Outcome, runProgram } from "./documentation/run-program.ts"
import { known } from "./documentation/versions.ts"
import { type Gate, GateFailure, inParallel } from "./gate.ts"
import { consumerOptions } from "./installed/alone.ts"
import { Project } from "./installed/project.ts"
import { packagesIn, root } from "./workspace.ts"

/** Every page that people write; those that are made at build are not among them. */
const pages = ["*.md", "{packages,examples}/*/README.md", "docs/pages/**/*.md"]
const made = ["docs/pages/{reference,benchmarks}/**"]

/** Every block of code in READMEs and in the site compiles, runs and prints what it says, against the packages as published. */
export function documentation(url: string): Gate {
  return {
    name: "code in the documentation",
    async run() {
      const paths = globSync(pages, { cwd: root, exclude: made }).sort()
      const texts = paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
      const blocks = texts.map(({ path, text }) => blocksIn(path, text))
      // The site's own links are followed when it is built.
      const readmes = texts.filter(({ path }) => !path.startsWith("docs"))
      const problems = [
        ...blocks.flatMap(problemsOf),
        ...texts.flatMap(({ path, text }) => indentedFences(path, text)),
        ...readmes.flatMap(({ path, text }) => deadLinks(path, text)),
      ]
      if (problems.length > 0) {
        throw new GateFailure(`${problems.length} blocks or links are wrong`, problems)
      }
      const programs = blocks.flatMap(programsIn)
      await using project = await projectFor(programs, url)
      const names = programs.map((_, index) => `program-${index}`)
      await inParallel(names, 8, (name) => writeProgram(project, name, programs[indexOf(name)]!))
      const compilerOptions = {
        ...consumerOptions,
        skipLibCheck: true,
        rewriteRelativeImportExtensions: true,
      }
      await project.write(
        "tsconfig.json",
        JSON.stringify({ compilerOptions, include: ["program-*/*.ts"] }),
      )
      const compiled = await project.run(rootTool("tsc"), ["-p", "."])
      if (compiled.status !== 0) {
        throw new GateFailure("one does not compile", located(compiled.output, programs))
      }
      const outcomes = await inParallel(names, 2, (name) =>
        runProgram(project, name, programs[indexOf(name)]!),
      )
      const failures = outcomes.flatMap((one) => (isFailure(one) ? [one.reason] : []))
      if (failures.length > 0) {
        throw new GateFailure(`${failures.length} fail when they run`, failures)
      }
      const count = (kind: Outcome["kind"]) => outcomes.filter((one) => one.kind === kind).length
      const missing = count("no server") > 0 ? `, ${count("no server")} NOT: no redis-server` : ""
      return `${programs.length} programs on ${paths.length} pages compile, ${count("ran")} were run${missing}`
    },
  }
}

async function projectFor(programs: readonly DocumentedProgram[], url: string): Promise<Project> {
  const foreign = new Set(
    programs.flatMap(packagesOf).filter((name) => !name.startsWith("@persist/")),
  )
  const project = await Project.install("@persist/all", "npm", url)
  const ours = packagesIn().map(({ manifest }) => manifest.name)
  const others = [...ours, ...[...foreign].sort().map(known)]
  const args = ["install", "--no-audit", "--no-fund", ...others]
  await project.demand("npm", args, "what pages import cannot be installed")
  return project
}

async function writeProgram(project: Project, name: string, one: DocumentedProgram): Promise<void> {
  await mkdir(join(project.directory, name, "runs"), { recursive: true })
  await project.write(`${name}/main.ts`, `${one.source}\nexport {}\n`)
  for (const [file, source] of Object.entries(one.files)) {
    await project.write(`${name}/${file}`, `${source}\nexport {}\n`)
  }
}

/** A server that is missing is a failure only where everything must be run. */
function isFailure(outcome: Outcome): outcome is Extract<Outcome, { reason: string }> {
  return outcome.kind === "failed" || (outcome.kind === "no server" && Boolean(process.env.CI))
}

function indexOf(name: string): number {
  return Number(name.slice("program-".length))
}

/** Names the pages instead of the files that were made of them. */
function located(output: string, programs: readonly DocumentedProgram[]): string {
  return output.replaceAll(/program-(\d+)\/main\.ts/g, (_, index) => programs[Number(index)]!.where)
}
