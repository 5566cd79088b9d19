import { fuzzEdits } from "../test/fuzz/fuzz-edits.ts"

// The long form of the tests: random edits in all formats, 3,000 a format and round, until the time is up.
const seconds = Number(argument("--seconds") ?? 30)
const seed = Number(argument("--seed") ?? Date.now() % 1e6)
const end = performance.now() + seconds * 1000
for (let round = 0; round === 0 || performance.now() < end; round++) {
  for (const format of ["json", "jsonc", "yaml", "toml"] as const) {
    const { edits, refused } = fuzzEdits(format, 3000, seed + round)
    console.log(`${format}: ${edits} edits, ${refused.length} refused, seed ${seed + round}`)
    if (refused.length / edits >= 0.02) throw new Error(`Too many refused:\n${refused[0]}`)
  }
}

function argument(name: string): string | undefined {
  const index = process.argv.indexOf(name)
  return index < 0 ? undefined : process.argv[index + 1]
}
