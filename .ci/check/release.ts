import { pnpm } from "./command.ts"
import { type Gate, GateFailure } from "./gate.ts"
import { Project } from "./installed/project.ts"
import { LocalRegistry } from "./packed/registry.ts"
import { WorkingCopy } from "./release/working-copy.ts"
import { packagesIn } from "./workspace.ts"

/**
 * A whole release on loopback: versions what changesets name, publishes it with the real commands,
 * installs the umbrella from there, then releases a patch of one package and nothing else.
 */
export const release: Gate = {
  name: "rehearsed release",
  async run() {
    await using registry = await LocalRegistry.open()
    await using copy = await WorkingCopy.make(registry.url)
    const first = await releaseFrom(copy, registry)
    const names = packagesIn().map(({ manifest }) => manifest.name)
    const missing = names.filter((name) => !first.some((one) => one.startsWith(`${name}@`)))
    if (missing.length > 0) throw new GateFailure(`not published: ${missing.join(", ")}`)
    await using _ = await Project.install("@persist/all", "npm", registry.url)
    await copy.write(".changeset/one-fix.md", '---\n"@persist/file": patch\n---\n\nA fix.\n')
    await copy.commit("Fix one thing")
    const second = await releaseFrom(copy, registry)
    const expected = first.filter((one) => one.startsWith("@persist/file@")).map(nextPatch)
    if (second.join() !== expected.join()) {
      throw new GateFailure(`a patch of file released ${second.join(", ")}, not ${expected.join()}`)
    }
    return `${first.length} packages, then ${second.join()} alone`
  },
}

/** Versions and publishes as `pnpm release` does. @returns What is new in the registry. */
async function releaseFrom(copy: WorkingCopy, registry: LocalRegistry): Promise<string[]> {
  const before = registry.releases.length
  await copy.demand(pnpm, ["run", "release:version"])
  await copy.commit("Version")
  await copy.demand(pnpm, ["run", "release:publish"])
  return registry.releases.slice(before).sort()
}

function nextPatch(release: string): string {
  return release.replace(/\d+$/, (patch) => String(Number(patch) + 1))
}
