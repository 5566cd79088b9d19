import { join } from "node:path"
import type { Package } from "../workspace.ts"
import { importsOf } from "./imports.ts"
import type { Arrows } from "./table.ts"

/** Every difference between what packages declare or import and what the table allows them. */
export function wrongArrows(
  packages: readonly Package[],
  table: Readonly<Record<string, Arrows>>,
): string[] {
  return packages.flatMap((one) => {
    const arrows = table[one.manifest.name]
    if (arrows === undefined) return [`${one.manifest.name} has no place in the house's table`]
    return [...wrongDeclarations(one, arrows), ...wrongImports(one, arrows)]
  })
}

function wrongDeclarations({ manifest }: Package, { on, optional = [] }: Arrows): string[] {
  const { name, dependencies, peerDependencies, peerDependenciesMeta, optionalDependencies } =
    manifest
  const demanded = optional.filter((peer) => !peerDependenciesMeta?.[peer]?.optional)
  return [
    ...difference(name, "dependencies", Object.keys(dependencies ?? {}), on),
    ...difference(name, "peerDependencies", Object.keys(peerDependencies ?? {}), optional),
    ...difference(name, "optionalDependencies", Object.keys(optionalDependencies ?? {}), []),
    ...demanded.map(
      (peer) => `${name} demands ${peer}, which its peerDependenciesMeta must make optional`,
    ),
  ]
}

function difference(
  name: string,
  field: string,
  declared: readonly string[],
  allowed: readonly string[],
): string[] {
  return [
    ...declared
      .filter((dependency) => !allowed.includes(dependency))
      .map((dependency) => `${name} declares ${dependency} in ${field}, which the table forbids`),
    ...allowed
      .filter((dependency) => !declared.includes(dependency))
      .map((dependency) => `${name} lacks ${dependency} in ${field}, which the table demands`),
  ]
}

function wrongImports({ directory, manifest }: Package, { on, optional = [] }: Arrows): string[] {
  const allowed = new Set([...on, ...optional])
  return importsOf(join(directory, "src"))
    .filter(({ packageName }) => !allowed.has(packageName))
    .map(({ packageName, where }) => `${manifest.name} imports ${packageName} (src/${where})`)
}
