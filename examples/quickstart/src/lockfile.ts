import { YamlSerializer } from "@persist/serializers"

/** One package of a lockfile. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** Names of the packages that it needs. */
  readonly needs: readonly string[]
}

/** The parts of a pnpm lockfile that are read here. */
interface Lockfile {
  readonly packages: Record<string, object>
  readonly snapshots: Record<
    string,
    { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> }
  >
}

/** Reads the packages that a pnpm lockfile pins, and what each of them needs. */
export async function readLockfile(path: string): Promise<LockedPackage[]> {
  const lockfile = (await new YamlSerializer().deserialize(path)) as Lockfile
  const needs = new Map<string, Set<string>>()
  for (const [key, { dependencies, optionalDependencies }] of Object.entries(lockfile.snapshots)) {
    const id = withoutPeers(key)
    const needed = Object.keys({ ...dependencies, ...optionalDependencies })
    needs.set(id, new Set([...(needs.get(id) ?? []), ...needed]))
  }
  return Object.keys(lockfile.packages).map((id) => {
    const at = id.lastIndexOf("@")
    const [name, version] = [id.slice(0, at), id.slice(at + 1)]
    return { name, version, needs: [...(needs.get(id) ?? [])] }
  })
}

/** `vitest@5.1.1(vite@8.3.8)` and `vitest@5.1.1` are one package. */
function withoutPeers(key: string): string {
  const parenthesis = key.indexOf("(")
  return parenthesis < 0 ? key : key.slice(0, parenthesis)
}
