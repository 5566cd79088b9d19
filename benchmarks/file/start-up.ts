import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { type Comparison, row } from "../measure.ts"
import { installPublished } from "./published.ts"

/** What `import` costs, measured inside a fresh process, of the packages as they are published. */
export function compareImport(): Comparison {
  const ours = { name: "@persist/file" }
  const conf = { name: "conf", target: 0.35 }
  const times = new Map<string, number[]>([
    [ours.name, []],
    [conf.name, []],
  ])
  const folder = installPublished(["atomic", "core", "file"])
  try {
    for (let round = -2; round < 15; round++) {
      for (const [name, from] of [
        [ours.name, folder],
        [conf.name, import.meta.dirname],
      ] as const) {
        const time = importTime(name, from)
        if (round >= 0) times.get(name)!.push(time)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const rows = [ours, conf].map((contender) => row(contender, ours, times, 1))
  return { title: "import in a fresh process", rows }
}

function importTime(specifier: string, cwd: string): number {
  const script = `const s = process.hrtime.bigint(); await import(${JSON.stringify(specifier)}); console.log(Number(process.hrtime.bigint() - s))`
  const options = { cwd, encoding: "utf8" } as const
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script],
    options,
  )
  if (status !== 0) throw new Error(`importing ${specifier} failed: ${stderr}`)
  return Number(stdout)
}
