import { spawnSync } from "node:child_process"
import { tortureOptions } from "../../../.ci/torture-options.ts"
import { hostile } from "./hostile.ts"

// pnpm torture serializers [--seconds N] [--seed N] [--inputs N]: hostile inputs over every format, in
// a process that cannot make code from strings and has little memory.
const [first, ...rest] = process.argv.slice(2)
const isTrapped = first === "trapped"
const { seconds, seed, counts } = tortureOptions(["inputs"], isTrapped ? rest : undefined)

if (isTrapped) await run()
else {
  const flags = [
    "--disallow-code-generation-from-strings",
    "--max-old-space-size=512",
    "--expose-gc",
  ]
  const program = [...flags, import.meta.filename, "trapped", ...process.argv.slice(2)]
  process.exitCode = spawnSync(process.execPath, program, { stdio: "inherit" }).status ?? 1
}

async function run(): Promise<void> {
  let calls = 0
  const trap = new Proxy(Function, {
    apply: () => {
      calls++
      throw new Error("Function was called")
    },
    construct: () => {
      calls++
      throw new Error("Function was called")
    },
  })
  globalThis.Function = trap
  Object.defineProperty(
    Object.getPrototypeOf(() => 0),
    "constructor",
    { value: trap },
  )
  const report = await hostile({
    inputs: counts.inputs ?? 1_000_000,
    seed,
    ...(seconds !== undefined && { budget: seconds * 1000 }),
  })
  if (calls > 0) console.error(`Function was called ${calls} times.`)
  for (const failure of report.failures) console.error(failure)
  console.log(
    `${report.inputs} hostile inputs, seed ${seed}: ${report.failures.length} failures, ` +
      `slowest ${report.slowest.toFixed(0)} ms, memory at most ${(report.memory / 2 ** 20).toFixed(0)} MiB, ` +
      `Function called ${calls} times.`,
  )
  console.log("Accepted:", report.accepted, "\nRefused:", report.codes)
  process.exitCode = report.failures.length > 0 || calls > 0 ? 1 : 0
}
