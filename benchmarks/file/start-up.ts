import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { type Comparison, row } from "../measure.ts"

const bases = { ours: "../../packages/file/dist/index.js", conf: "conf" }

/** What `import` costs, measured inside a fresh process. */
export function compareImport(): Comparison {
  const ours = { name: "@persist/file" }
  const conf = { name: "conf", target: 0.35 }
  const times = new Map<string, number[]>([
    [ours.name, []],
    [conf.name, []],
  ])
  for (let round = -2; round < 15; round++) {
    for (const [name, base] of [
      [ours.name, bases.ours],
      [conf.name, bases.conf],
    ] as const) {
      const time = importTime(base)
      if (round >= 0) times.get(name)!.push(time)
    }
  }
  const rows = [ours, conf].map((contender) => row(contender, ours, times, 1))
  return { title: "import in a fresh process", rows }
}

function importTime(specifier: string): number {
  const url = specifier.startsWith(".") ? join(import.meta.dirname, specifier) : specifier
  const script = `const s = process.hrtime.bigint(); await import(${JSON.stringify(url)}); console.log(Number(process.hrtime.bigint() - s))`
  const options = { cwd: import.meta.dirname, encoding: "utf8" } as const
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script],
    options,
  )
  if (status !== 0) throw new Error(`importing ${specifier} failed: ${stderr}`)
  return Number(stdout)
}
