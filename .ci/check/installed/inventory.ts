import { existsSync } from "node:fs"
import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Manifest } from "../workspace.ts"

/** A package in an installed tree. */
export interface InstalledPackage {
  readonly directory: string
  readonly manifest: Manifest
}

/** Every package below a project's `node_modules`, nested ones too, as npm lays them out. */
export async function inventory(project: string): Promise<InstalledPackage[]> {
  const modules = join(project, "node_modules")
  if (!existsSync(modules)) return []
  const names = await readdir(modules)
  const directories: string[] = []
  for (const name of names.filter((name) => !name.startsWith("."))) {
    const directory = join(modules, name)
    if (!name.startsWith("@")) directories.push(directory)
    else directories.push(...(await readdir(directory)).map((scoped) => join(directory, scoped)))
  }
  const found = await Promise.all(
    directories.map(async (directory) => [
      { directory, manifest: JSON.parse(await readFile(join(directory, "package.json"), "utf8")) },
      ...(await inventory(directory)),
    ]),
  )
  return found.flat()
}

/** Bytes that the files below a folder hold. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
