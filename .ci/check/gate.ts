/** One thing that must hold. `run` returns what is worth saying on its line. */
export interface Gate {
  readonly name: string
  run(): Promise<string>
}

/** Says why a gate does not hold; its details are printed below its line. */
export class GateFailure extends Error {
  readonly details: string

  constructor(message: string, details: string | readonly string[] = "") {
    super(message)
    this.name = "GateFailure"
    this.details = typeof details === "string" ? details : details.join("\n")
  }
}

export interface GateResult {
  readonly name: string
  readonly holds: boolean
  readonly line: string
  readonly details: string
  readonly seconds: number
}

/** Runs one gate; never rejects. */
export async function runGate(gate: Gate): Promise<GateResult> {
  const start = performance.now()
  const done = (holds: boolean, line: string, details: string): GateResult => ({
    name: gate.name,
    holds,
    line,
    details,
    seconds: (performance.now() - start) / 1000,
  })
  try {
    return done(true, await gate.run(), "")
  } catch (error) {
    if (error instanceof GateFailure) return done(false, error.message, error.details)
    return done(false, "could not be checked", (error as Error).stack ?? String(error))
  }
}

/** Runs `work` on every item, `limit` at a time; the results keep the order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const remaining = items.entries()
  const worker = async () => {
    for (const [index, item] of remaining) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: limit }, worker))
  return results
}
