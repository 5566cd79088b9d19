import { tortureOptions } from "../../../.ci/torture-options.ts"
import { tortureContenders } from "./contenders.ts"
import { tortureFullDisk } from "./full-disk.ts"
import { tortureHolders } from "./holders.ts"
import { torturePowerCuts } from "./power-cuts.ts"
import { tortureWriters } from "./writers.ts"

// pnpm torture atomic [--seconds N] [--seed N]: every part gets its share of the time, and says what it did.
const { seconds = 60, seed } = tortureOptions()
const parts = [
  ["kill -9 of writers", tortureWriters],
  ["kill -9 of lock holders", tortureHolders],
  ["contenders, call by call", tortureContenders],
  ["power cuts", torturePowerCuts],
  ["full disk", tortureFullDisk],
] as const
console.log(`Seed ${seed}, ${seconds} s.`)
for (const [name, run] of parts) {
  const until = performance.now() + (seconds * 1000) / parts.length
  console.log(`${name}: ${await run({ seed, until })}`)
}
console.log("Nothing torn, nothing lost.")
