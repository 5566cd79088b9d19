import { Random } from "../.ci/seeded-random.ts"

/** One side of a comparison. `run` does the same work to the same guarantee as the others'. */
export interface Contender {
  readonly name: string
  /** What this side does not guarantee although ours does; printed in its row. */
  readonly lacks?: string
  /** Highest allowed median of (our time / this side's time). */
  readonly target?: number
  /** Runs before every round, untimed. */
  readonly prepare?: () => unknown
  /** One timed round. */
  readonly run: () => unknown
}

export interface ComparisonOptions {
  /** Timed rounds of every contender. @default 15 */
  readonly rounds?: number
  /** Untimed rounds before. @default 3 */
  readonly warmup?: number
  /** Operations in one `run`, to print the time of one. @default 1 */
  readonly operations?: number
  /** Runs before every round of every contender, untimed: puts all in the same state. */
  readonly settle?: () => unknown
}

export interface Row {
  readonly name: string
  readonly lacks: string
  /** Microseconds of one operation, median over the rounds. */
  readonly microseconds: number
  /** Quartiles of the per-round ratio: our time / this side's time; below 1, ours is faster. */
  readonly ratio: readonly [low: number, median: number, high: number]
  readonly target: number | undefined
}

export interface Comparison {
  readonly title: string
  /** What the rows measure; bytes stand in `microseconds`. @default "time" */
  readonly unit?: "time" | "bytes"
  readonly rows: readonly Row[]
}

/**
 * Times `ours` against its peers in one process: the rounds are interleaved, each in an order of its own, and
 * ratios are taken within a round, so that a machine that drifts does not decide. Nobody always comes after the
 * same one, for whose unsynced data the next sync on the disk may have to wait.
 */
export async function compare(
  title: string,
  ours: Contender,
  peers: readonly Contender[],
  options: ComparisonOptions = {},
): Promise<Comparison> {
  const { rounds = 15, warmup = 3, operations = 1, settle } = options
  const all = [ours, ...peers]
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]))
  const random = new Random(1)
  for (let round = -warmup; round < rounds; round++) {
    for (const contender of shuffled(all, random)) {
      await contender.prepare?.()
      await settle?.()
      const start = process.hrtime.bigint()
      const pending = contender.run()
      if (pending instanceof Promise) await pending
      const elapsed = Number(process.hrtime.bigint() - start)
      if (round >= 0) times.get(contender.name)!.push(elapsed)
    }
  }
  return { title, rows: all.map((contender) => row(contender, ours, times, operations)) }
}

/** In an order by chance, each as likely (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items]
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  return order
}

/** The row of a contender whose times were taken elsewhere, such as in processes of their own. */
export function row(
  contender: Pick<Contender, "name" | "lacks" | "target">,
  ours: Pick<Contender, "name">,
  times: ReadonlyMap<string, readonly number[]>,
  operations: number,
): Row {
  const theirs = times.get(contender.name)!
  const ratios = times.get(ours.name)!.map((time, round) => time / theirs[round]!)
  return {
    name: contender.name,
    lacks: contender.lacks ?? "",
    microseconds: quantile(theirs, 0.5) / 1000 / operations,
    ratio: [quantile(ratios, 0.25), quantile(ratios, 0.5), quantile(ratios, 0.75)],
    target: contender.target,
  }
}

/** The `part` quantile of `values`, interpolated. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * part
  const low = Math.floor(position)
  const high = Math.ceil(position)
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (position - low)
}
