import { readFileSync } from "node:fs"
import { join } from "node:path"
import { GateFailure } from "../gate.ts"
import type { PackedPackage } from "../packed/pack.ts"
import { root } from "../workspace.ts"
import { bytesIn, type InstalledPackage } from "./inventory.ts"

/** What a package may cost at most; a change that costs more raises its ceiling in the same commit. */
interface Ceiling {
  /** Packages in `node_modules`, itself included: exactly this many. */
  readonly packages: number
  /** Kilobytes of its own tarball. */
  readonly packedKilobytes: number
  /** Megabytes of everything installed. */
  readonly installedMegabytes: number
}

/** Measures what installing a package brings, holds it against the recorded ceilings, and prints it all. */
export class FootprintTable {
  readonly #ceilings: Readonly<Record<string, Ceiling>> = JSON.parse(
    readFileSync(join(root, ".ci/footprint.json"), "utf8"),
  )
  readonly #rows = new Map<string, Ceiling>()

  async measure(
    { name, bytes }: PackedPackage,
    installed: readonly InstalledPackage[],
    project: string,
  ): Promise<string> {
    const row = {
      packages: installed.length,
      packedKilobytes: round(bytes.length / 1000),
      installedMegabytes: round((await bytesIn(join(project, "node_modules"))) / 1e6),
    }
    this.#rows.set(name, row)
    const ceiling = this.#ceilings[name]
    if (ceiling === undefined) throw new GateFailure("it has no row in .ci/footprint.json")
    const over = (["packedKilobytes", "installedMegabytes"] as const)
      .filter((cost) => row[cost] > ceiling[cost])
      .map((cost) => `${cost}: ${row[cost]}, ceiling ${ceiling[cost]}`)
    const names = installed.map(({ manifest }) => manifest.name).sort()
    if (row.packages !== ceiling.packages) {
      over.push(`${row.packages} packages, not ${ceiling.packages}: ${names.join(", ")}`)
    }
    if (over.length > 0) throw new GateFailure("it costs other than .ci/footprint.json says", over)
    return `${row.packages} packages, ${row.installedMegabytes} MB`
  }

  toString(): string {
    const rows = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1))
    return [
      `${"installed alone".padEnd(22)}${["packages", "packed", "installed"].map((title) => title.padStart(12)).join("")}`,
      ...rows.map(([name, row]) =>
        [
          name.padEnd(22),
          String(row.packages).padStart(12),
          `${row.packedKilobytes} kB`.padStart(12),
          `${row.installedMegabytes} MB`.padStart(12),
        ].join(""),
      ),
    ].join("\n")
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
