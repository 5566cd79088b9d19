import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Comparison, row } from "../measure.ts"

const ours = (directory: string) => `
  const { openConfigSync } = await import(${JSON.stringify(join(import.meta.dirname, "../../packages/managers/dist/config.js"))})
  const config = openConfigSync({ defaults: { a: 1 }, user: ${JSON.stringify(join(directory, "user.json"))}, project: ${JSON.stringify(join(directory, "app.config.json"))} })
  if (config.value.server.port !== 80) throw new Error("wrong")
`
const theirs = (directory: string) => `
  const { loadConfig } = await import("c12")
  const { config } = await loadConfig({ cwd: ${JSON.stringify(directory)}, name: "app", configFile: "app.config.json", defaults: { a: 1 }, rcFile: false, globalRc: false, packageJson: false })
  if (config.server.port !== 80) throw new Error("wrong")
`

/** A process that imports the library and loads a layered configuration, in processes of their own. */
export function firstLoads(directory: string): Comparison {
  const folder = join(directory, "first")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "app.config.json"), '{"server":{"port":80}}')
  writeFileSync(join(folder, "user.json"), '{"name":"ann"}')
  const names = ["openConfigSync", "c12 loadConfig"] as const
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = -2; round < 12; round++) {
    const order = round % 2 === 0 ? names : names.toReversed()
    for (const name of order) {
      const program = name === "openConfigSync" ? ours(folder) : theirs(folder)
      const timed = `const start = process.hrtime.bigint(); ${program}; console.log(Number(process.hrtime.bigint() - start))`
      const args = ["--input-type=module", "-e", timed]
      const { stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: import.meta.dirname,
        encoding: "utf8",
      })
      if (!(Number(stdout) > 0)) throw new Error(stderr)
      if (round >= 0) times.get(name)!.push(Number(stdout))
    }
  }
  const [first, second] = names
  return {
    title: "first load, import included",
    rows: [
      row({ name: first }, { name: first }, times, 1),
      row({ name: second, lacks: "no provenance", target: 0.7 }, { name: first }, times, 1),
    ],
  }
}
