import { globSync, readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { rootTool } from "./command.ts"
import { type DocumentedProgram, packagesOf, programsIn } from "./documentation/programs.ts"
import { type Gate, GateFailure, inParallel } from "./gate.ts"
import { consumerOptions } from "./installed/alone.ts"
import { Project } from "./installed/project.ts"
import { root } from "./workspace.ts"

/** Every program in a README compiles and runs as it stands, against the packages as published. */
export function documentation(url: string): Gate {
  return {
    name: "programs in READMEs",
    async run() {
      const programs = globSync(["README.md", "packages/*/README.md"], { cwd: root })
        .sort()
        .flatMap((path) => programsIn(path, readFileSync(join(root, path), "utf8")))
      const foreign = new Set(
        programs.flatMap(packagesOf).filter((name) => !name.startsWith("@persist/")),
      )
      await using project = await Project.install("@persist/all", "npm", url, [...foreign])
      const names = programs.map((_, index) => `program-${index}`)
      for (const [index, { source }] of programs.entries()) {
        await project.write(`${names[index]}.ts`, `${source}\nexport {}\n`)
      }
      const compilerOptions = { ...consumerOptions, skipLibCheck: true }
      const files = names.map((name) => `${name}.ts`)
      await project.write("tsconfig.json", JSON.stringify({ compilerOptions, files }))
      const compiled = await project.run(rootTool("tsc"), ["-p", "."])
      if (compiled.status !== 0) {
        throw new GateFailure("one does not compile", located(compiled.output, programs))
      }
      const failures = await inParallel(names, 2, (name) =>
        failureOf(project, name, programs[Number(name.slice("program-".length))]!),
      )
      const found = failures.filter((failure) => failure !== "")
      if (found.length > 0) throw new GateFailure(`${found.length} fail when they run`, found)
      const ran = programs.filter(({ runs }) => runs).length
      return `${programs.length} compile, ${ran} of them were run`
    },
  }
}

async function failureOf(project: Project, name: string, one: DocumentedProgram): Promise<string> {
  if (!one.runs) return ""
  const directory = join(project.directory, `runs-${name}`)
  await mkdir(directory)
  const { status, output } = await project.run(process.execPath, [`../${name}.js`], directory)
  return status === 0 ? "" : `${one.where}\n${output}`
}

/** Names the READMEs instead of the files that were made of them. */
function located(output: string, programs: readonly DocumentedProgram[]): string {
  return output.replaceAll(/program-(\d+)\.ts/g, (_, index) => programs[Number(index)]!.where)
}
