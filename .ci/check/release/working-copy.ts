import { cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { pnpm, run } from "../command.ts"
import { GateFailure } from "../gate.ts"
import { root } from "../workspace.ts"
import type { Verdaccio } from "./verdaccio.ts"

const leftOut = new Set(["node_modules", ".git", ".turbo", ".persist-data", "benchmarks", "docs"])

/** A copy of this repository outside of it, installed and committed, where a release can be rehearsed. */
export class WorkingCopy implements AsyncDisposable {
  readonly directory: string

  private constructor(directory: string) {
    this.directory = directory
  }

  static async make(registry: Verdaccio): Promise<WorkingCopy> {
    const copy = new WorkingCopy(await mkdtemp(join(tmpdir(), "persist-release-")))
    await cp(root, copy.directory, {
      recursive: true,
      filter: (path) => path === root || !leftOut.has(basename(path)),
    })
    const token = `${registry.url.replace("http:", "")}:_authToken=${registry.token}`
    await copy.write(".npmrc", `@persist:registry=${registry.url}\n${token}\n`)
    await copy.demand(pnpm, ["install", "--frozen-lockfile", "--prefer-offline"])
    await copy.demand("git", ["init", "--quiet", "--initial-branch=main"])
    await copy.commit("Begin")
    return copy
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.directory, name), text)
  }

  async commit(message: string): Promise<void> {
    await this.demand("git", ["add", "--all"])
    const author = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@example.org"]
    await this.demand("git", [...author, "commit", "--quiet", "--message", message])
  }

  async demand(program: string, args: readonly string[]): Promise<string> {
    const { status, output } = await run(program, args, { cwd: this.directory })
    if (status !== 0) throw new GateFailure(`${args.join(" ")} fails`, output)
    return output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
  }
}
