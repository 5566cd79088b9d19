import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pnpm, run } from "../command.ts"
import { GateFailure } from "../gate.ts"

export type PackageManager = "npm" | "pnpm"

/** What a package manager must not say when one of ours is installed. */
const alarming =
  /build script|install script|allow-?(scripts|builds)|approve|gyp|deprecated|peer dep|EBADENGINE/i

/** An empty project with one package installed in it, as a user would have it. */
export class Project implements AsyncDisposable {
  readonly directory: string

  private constructor(directory: string) {
    this.directory = directory
  }

  /** Makes the folder and lets the package manager install `name` from the registry at `url`. */
  static async install(
    name: string,
    manager: PackageManager,
    url: string,
    others: readonly string[] = [],
  ): Promise<Project> {
    const directory = await mkdtemp(join(tmpdir(), "persist-installed-"))
    const project = new Project(directory)
    try {
      await project.write("package.json", JSON.stringify({ private: true, type: "module" }))
      await project.write(".npmrc", `@persist:registry=${url}\n`)
      // pnpm waits a day before it takes what is new; what was released just now is.
      await project.write("pnpm-workspace.yaml", 'minimumReleaseAgeExclude:\n  - "@persist/*"\n')
      const [program, ...args] =
        manager === "npm" ? ["npm", "install", "--no-audit", "--no-fund"] : [pnpm, "add"]
      const { status, output } = await project.run(program!, [...args, name, ...others])
      if (status !== 0) throw new GateFailure(`${manager} cannot install ${name}`, output)
      const remark = output.split("\n").find((line) => alarming.test(line))
      if (remark) throw new GateFailure(`${manager} remarks on ${name}: ${remark}`, output)
      return project
    } catch (error) {
      await project[Symbol.asyncDispose]()
      throw error
    }
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.directory, name), text)
  }

  async copy(from: string, name: string): Promise<void> {
    await this.write(name, await readFile(from, "utf8"))
  }

  run(program: string, args: readonly string[], cwd: string = this.directory) {
    return run(program, args, { cwd, timeout: 60_000 })
  }

  /** Runs a program that must succeed. */
  async demand(program: string, args: readonly string[], what: string): Promise<string> {
    const { status, output } = await this.run(program, args)
    if (status !== 0) throw new GateFailure(what, output)
    return output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
  }
}
