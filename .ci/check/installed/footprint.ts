import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { GateFailure } from "../gate.ts"
import type { PackedPackage } from "../packed/pack.ts"
import { root } from "../workspace.ts"
import { type EntryPointCost, measureEntryPoints } from "./entry-points.ts"
import { bytesIn, type InstalledPackage } from "./inventory.ts"
import type { Project } from "./project.ts"

/** What a package costs those who install it. */
export interface Footprint {
  /** Packages in `node_modules`, itself included. */
  readonly packages: number
  /** Kilobytes of its own tarball. */
  readonly packedKilobytes: number
  /** Megabytes of everything installed. */
  readonly installedMegabytes: number
  readonly entryPoints: Readonly<Record<string, EntryPointCost>>
}

const path = join(root, ".ci/footprint.json")

/** Measures what installing a package brings, and holds it against the recorded ceilings. */
export class FootprintTable {
  readonly #ceilings: Readonly<Record<string, Footprint>> = JSON.parse(readFileSync(path, "utf8"))
  readonly #rows = new Map<string, Footprint>()
  readonly #record: boolean

  /** With `record`, nothing is too much: `save` makes ceilings of what was measured. */
  constructor(options: { readonly record: boolean }) {
    this.#record = options.record
  }

  async measure(
    one: PackedPackage,
    installed: readonly InstalledPackage[],
    project: Project,
  ): Promise<string> {
    const row: Footprint = {
      packages: installed.length,
      packedKilobytes: tenths(one.bytes.length / 1000),
      installedMegabytes: tenths((await bytesIn(join(project.directory, "node_modules"))) / 1e6),
      entryPoints: await measureEntryPoints(project, one),
    }
    this.#rows.set(one.name, row)
    const excess = this.#record ? [] : excessOf(row, this.#ceilings[one.name])
    if (excess.length > 0) {
      const names = installed.map(({ manifest }) => manifest.name).sort()
      excess.push(`installed: ${names.join(", ")}`)
      excess.push("If this is meant: pnpm check --record writes new ceilings for review.")
      throw new GateFailure("it costs more than .ci/footprint.json allows", excess)
    }
    return `${row.packages} packages, ${row.installedMegabytes} MB`
  }

  /** Writes what was measured as the new ceilings, with room for noise. */
  save(): void {
    const rows = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1))
    const ceilings = rows.map(([name, row]) => [name, ceilingOf(row)])
    writeFileSync(path, `${JSON.stringify(Object.fromEntries(ceilings), null, 2)}\n`)
  }

  toString(): string {
    const cells = [...this.#rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { packages, packedKilobytes, installedMegabytes, entryPoints }]) => [
        name,
        String(packages),
        `${packedKilobytes} kB`,
        `${installedMegabytes} MB`,
        `${entryPoints["."]?.minifiedKilobytes} kB`,
        `${entryPoints["."]?.importMilliseconds} ms`,
      ])
    const titles = ["installed alone", "packages", "packed", "on disk", "min+gzip", "import"]
    return [titles, ...cells]
      .map(([first, ...rest]) => first!.padEnd(22) + rest.map((cell) => cell.padStart(12)).join(""))
      .join("\n")
  }
}

/** Every way in which a package costs more than its ceiling. */
export function excessOf(row: Footprint, ceiling: Footprint | undefined): string[] {
  if (ceiling === undefined) return ["it has no row"]
  const excess: string[] = []
  const compare = (what: string, cost: number, limit: number | undefined) => {
    if (limit === undefined) excess.push(`${what}: ${cost}, and no ceiling`)
    else if (cost > limit) excess.push(`${what}: ${cost}, ceiling ${limit}`)
  }
  compare("packages", row.packages, ceiling.packages)
  compare("packedKilobytes", row.packedKilobytes, ceiling.packedKilobytes)
  compare("installedMegabytes", row.installedMegabytes, ceiling.installedMegabytes)
  for (const [entry, cost] of Object.entries(row.entryPoints)) {
    const limit = ceiling.entryPoints[entry]
    compare(`${entry} minifiedKilobytes`, cost.minifiedKilobytes, limit?.minifiedKilobytes)
    compare(`${entry} importMilliseconds`, cost.importMilliseconds, limit?.importMilliseconds)
  }
  return excess
}

/** Sizes may grow by a tenth unseen; times depend on the machine and get more room. */
function ceilingOf({ packages, packedKilobytes, installedMegabytes, entryPoints }: Footprint) {
  const costs = Object.entries(entryPoints).map(([entry, cost]) => [
    entry,
    {
      minifiedKilobytes: tenths(cost.minifiedKilobytes * 1.1 + 0.1),
      importMilliseconds: Math.ceil(cost.importMilliseconds * 5 + 50),
    },
  ])
  return {
    packages,
    packedKilobytes: Math.ceil(packedKilobytes * 1.1),
    installedMegabytes: tenths(installedMegabytes * 1.1 + 0.1),
    entryPoints: Object.fromEntries(costs),
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}
