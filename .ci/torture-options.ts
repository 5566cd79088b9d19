import { parseArgs } from "node:util"

/** What every torture is told on its command line. */
export interface TortureOptions<Count extends string> {
  /** How long it may take, in about so many seconds; undefined when nobody said. */
  readonly seconds: number | undefined
  /** @default one taken from the clock */
  readonly seed: number
  /** The flags of this torture alone. */
  readonly counts: Readonly<Partial<Record<Count, number>>>
}

/** Reads `--seconds N`, `--seed N` and the flags of one torture alone; anything else throws. */
export function tortureOptions<Count extends string = never>(
  counts: readonly Count[] = [],
  args: readonly string[] = process.argv.slice(2),
): TortureOptions<Count> {
  const names = ["seconds", "seed", ...counts]
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" } as const]))
  const { values } = parseArgs({ args: [...args], options })
  const { seconds, seed, ...others } = Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, numberOf(name, String(text))]),
  )
  return {
    seconds,
    seed: seed ?? Date.now() % 1e6,
    counts: others as Partial<Record<Count, number>>,
  }
}

function numberOf(name: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text)
  if (value >= 0 && (name === "seconds" || Number.isSafeInteger(value))) return value
  throw new Error(`--${name} wants a number of 0 or more, not "${text}".`)
}
