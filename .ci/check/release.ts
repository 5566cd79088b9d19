import { pnpm } from "./command.ts"
import { type Gate, GateFailure } from "./gate.ts"
import { needsVersion } from "./release/needs-version.ts"
import type { Verdaccio } from "./release/verdaccio.ts"
import { WorkingCopy } from "./release/working-copy.ts"
import { packagesIn } from "./workspace.ts"

/**
 * Releases on a registry of our own, from a copy of the repository, with the commands that
 * `pnpm release` runs: all packages once, and later a fix of one.
 */
export class Rehearsal implements AsyncDisposable {
  readonly #registry: Verdaccio
  #copy: WorkingCopy | undefined
  #first: readonly string[] = []

  constructor(registry: Verdaccio) {
    this.#registry = registry
  }

  /** Everything is published for the first time. */
  readonly first: Gate = {
    name: "first release",
    run: async () => {
      this.#copy = await WorkingCopy.make(this.#registry)
      this.#first = await this.#release(this.#copy)
      const missing = names.filter((name) => !this.#first.some((one) => one.startsWith(`${name}@`)))
      if (missing.length > 0) throw new GateFailure(`not published: ${missing.join(", ")}`)
      return this.#first.map((one) => one.replace("@persist/", "")).join(", ")
    },
  }

  /** A patch of one package releases that package, and no other, since every range still fits. */
  readonly patch: Gate = {
    name: "release of one fix",
    run: async () => {
      const copy = this.#copy
      if (copy === undefined) throw new GateFailure("there was no first release")
      await copy.write(".changeset/one-fix.md", '---\n"@persist/file": patch\n---\n\nA fix.\n')
      await copy.commit("Fix one thing")
      const plan = await copy.demand(pnpm, ["run", "release:plan"])
      if (!plan.includes("@persist/file")) throw new GateFailure("the plan hides it", plan)
      const released = await this.#release(copy)
      const expected = this.#first.filter((one) => one.startsWith("@persist/file@")).map(nextPatch)
      if (released.join() === expected.join()) return `${released.join()} alone`
      throw new GateFailure(
        `a patch of file released ${released.join(", ")}, not ${expected.join()}`,
      )
    },
  }

  /** Versions, unless that was done before, and publishes. Returns what is new in the registry. */
  async #release(copy: WorkingCopy): Promise<string[]> {
    const before = await this.#registry.releases(names)
    if (await needsVersion(copy.directory)) {
      await copy.demand(pnpm, ["run", "release:version"])
      await copy.commit("Version")
    }
    await copy.demand(pnpm, ["run", "release:publish"])
    return (await this.#registry.releases(names)).filter((one) => !before.includes(one))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#copy?.[Symbol.asyncDispose]()
  }
}

const names = packagesIn().map(({ manifest }) => manifest.name)

function nextPatch(release: string): string {
  return release.replace(/\d+$/, (patch) => String(Number(patch) + 1))
}
