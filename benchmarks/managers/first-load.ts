import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Comparison, row } from "../measure.ts"

const programs = { openConfigSync: "load-ours.ts", "c12 loadConfig": "load-c12.ts" } as const
type Name = keyof typeof programs

/** A process that imports the library and loads a layered configuration, in processes of their own. */
export function firstLoads(directory: string): Comparison {
  pack()
  const folder = join(directory, "first")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "app.config.json"), '{"server":{"port":80}}')
  writeFileSync(join(folder, "user.json"), '{"name":"ann"}')
  const names = Object.keys(programs) as Name[]
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = -2; round < 12; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const elapsed = run(name, folder)
      if (round >= 0) times.get(name)!.push(elapsed)
    }
  }
  const ours = { name: "openConfigSync" }
  return {
    title: "first load, import included",
    rows: [
      row(ours, ours, times, 1),
      row({ name: "c12 loadConfig", lacks: "no provenance", target: 0.7 }, ours, times, 1),
    ],
  }
}

/** Makes what a user installs: the files as they are published, as the peer's are. */
function pack(): void {
  const root = join(import.meta.dirname, "../..")
  const bundle = join(root, ".ci/bundle.ts")
  const { status, stderr } = spawnSync(process.execPath, [bundle], {
    cwd: join(root, "packages/managers"),
    encoding: "utf8",
  })
  if (status !== 0) throw new Error(stderr)
}

function run(name: Name, folder: string): number {
  const program = join(import.meta.dirname, "programs", programs[name])
  const { stdout, stderr } = spawnSync(process.execPath, [program, folder], { encoding: "utf8" })
  const elapsed = Number(stdout)
  if (!(elapsed > 0)) throw new Error(stderr)
  return elapsed
}
