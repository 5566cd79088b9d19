import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { run } from "../command.ts"
import { type Gate, GateFailure } from "../gate.ts"
import { filesIn } from "../workspace.ts"
import type { PackedPackage } from "./pack.ts"

/** Every source that a map names is in the tarball, or in the map: Vite warns of each file where one is not. */
export function traceable(packages: readonly PackedPackage[]): Gate {
  return {
    name: "source maps",
    async run() {
      const missing = await Promise.all(packages.map(missingSources))
      if (missing.flat().length > 0) throw new GateFailure("sources are missing", missing.flat())
      return `${packages.length} tarballs, every source at hand`
    },
  }
}

async function missingSources({ name, tarball }: PackedPackage): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "persist-maps-"))
  try {
    const { status, output } = await run("tar", ["xzf", basename(tarball), "-C", folder], {
      cwd: dirname(tarball),
    })
    if (status !== 0) throw new GateFailure(`${name} cannot be unpacked`, output)
    const missing: string[] = []
    for (const path of filesIn(folder, [".map"])) {
      const map: { readonly sources: string[]; readonly sourcesContent?: (string | null)[] } =
        JSON.parse(await readFile(path, "utf8"))
      const lost = map.sources.filter(
        (source, at) => !map.sourcesContent?.[at] && !existsSync(join(path, "..", source)),
      )
      missing.push(...lost.map((source) => `${path.slice(folder.length + 1)}: ${source}`))
    }
    return missing
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
