import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fuzzEdits } from "../test/fuzz/fuzz-edits.ts"
import { killRounds } from "../test/kill-rounds.ts"

// The long form of the tests, until the time is up but each at least once: random edits in all
// formats, 3,000 a format and round, and 100 kills of each thing that writes.
const seconds = Number(argument("--seconds") ?? 30)
const seed = Number(argument("--seed") ?? Date.now() % 1e6)
const end = performance.now() + seconds * 1000
for (let round = 0; round === 0 || performance.now() < end; round++) {
  for (const format of ["json", "jsonc", "yaml", "toml"] as const) {
    const { edits, refused } = fuzzEdits(format, 3000, seed + round)
    console.log(`${format}: ${edits} edits, ${refused.length} refused, seed ${seed + round}`)
    if (refused.length / edits >= 0.02) throw new Error(`Too many refused:\n${refused[0]}`)
  }
  for (const mode of ["live", "config", "log", "rotation"] as const) {
    const directory = mkdtempSync(join(tmpdir(), "persist-torture-"))
    const kills = 100
    await killRounds(directory, mode, kills)
    console.log(`${mode}: killed ${kills} times, nothing promised is gone`)
    rmSync(directory, { recursive: true })
  }
}

function argument(name: string): string | undefined {
  const index = process.argv.indexOf(name)
  return index < 0 ? undefined : process.argv[index + 1]
}
