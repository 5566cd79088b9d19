import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The repository's root. */
export const root: string = join(import.meta.dirname, "../..")

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly gypfile?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Package {
  readonly directory: string
  readonly manifest: Manifest
}

/** The packages in a folder of packages, by default those that are published. */
export function packagesIn(folder: string = join(root, "packages")): Package[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .map((directory) => ({ directory, manifest: readManifest(directory) }))
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1))
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))
}

/** Every file below a folder with one of the endings, `node_modules` left out. */
export function filesIn(folder: string, endings: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("node_modules"))
    .sort()
}
