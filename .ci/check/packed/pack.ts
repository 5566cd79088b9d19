import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { pnpm, run } from "../command.ts"
import { GateFailure } from "../gate.ts"
import { type Manifest, packagesIn } from "../workspace.ts"

/** A package as it would be published. */
export interface PackedPackage {
  readonly name: string
  readonly version: string
  /** Path of the tarball. */
  readonly tarball: string
  readonly bytes: Buffer
  /** The manifest inside the tarball, workspace ranges replaced. */
  readonly manifest: Manifest
}

/** Packs every package into a folder of its own outside the repository. */
export async function packAll(): Promise<{
  readonly packages: readonly PackedPackage[]
  readonly remove: () => Promise<void>
}> {
  const folder = await mkdtemp(join(tmpdir(), "persist-packed-"))
  const packages: PackedPackage[] = []
  for (const { directory, manifest } of packagesIn()) {
    const { status, output } = await run(pnpm, ["pack", "--pack-destination", folder], {
      cwd: directory,
    })
    if (status !== 0) throw new GateFailure(`${manifest.name} cannot be packed`, output)
    const fileName = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`
    packages.push(await readPacked(join(folder, fileName)))
  }
  return { packages, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Reads what the gates need of a tarball. */
export async function readPacked(tarball: string): Promise<PackedPackage> {
  const bytes = await readFile(tarball)
  const { status, output } = await run("tar", ["xzOf", basename(tarball), "package/package.json"], {
    cwd: join(tarball, ".."),
  })
  if (status !== 0) throw new GateFailure(`${tarball} has no manifest`, output)
  const manifest = JSON.parse(output) as Manifest
  return {
    name: manifest.name,
    version: manifest.version,
    tarball,
    bytes,
    manifest,
  }
}
