/** One operation of a history on one object. */
export interface Step<State> {
  readonly name: string
  /** On one line of time with the others'; an operation of unknown outcome never ends. */
  readonly began: number
  readonly ended: number
  /** Whether it may not have happened at all. */
  readonly isOptional: boolean
  /** Those that come before it, though they overlap; one that may not have happened has not, after it. */
  readonly after: readonly Step<State>[]
  /** What it leaves behind; `undefined` where what it saw does not fit. */
  apply(state: State): State | undefined
}

/** How many states are looked at before it is left undecided. */
const mostLooked = 300_000

/**
 * Whether some order of the operations explains what each of them saw, in which none comes before one that had ended
 * when it began (Wing and Gong, "Testing and verifying concurrent objects", 1993; with dead ends remembered, as in
 * Lowe, "Testing for linearizability", 2017). What core's conformance has is for ten operations that all have ended.
 *
 * @param shown A text for each state, of its own.
 * @returns `undefined` where the search would take too long.
 */
export function isExplained<State>(
  steps: readonly Step<State>[],
  initial: State,
  shown: (state: State) => string,
): boolean | undefined {
  const sorted = steps.toSorted((one, other) => one.ended - other.ended)
  const bits = new Map(sorted.map((step, index) => [step, 1n << BigInt(index)]))
  const before = sorted.map(({ after }) => after.map((step) => bits.get(step)!))
  const musts = sorted.reduce((all, step) => (step.isOptional ? all : all | bits.get(step)!), 0n)
  const deadEnds = new Set<string>()
  const search = (done: bigint, state: State): boolean => {
    if ((done & musts) === musts) return true
    const here = `${done} ${shown(state)}`
    if (deadEnds.has(here) || deadEnds.size > mostLooked) return false
    const first = sorted.find((step) => !step.isOptional && (done & bits.get(step)!) === 0n)!
    for (const [index, step] of sorted.entries()) {
      const bit = bits.get(step)!
      if ((done & bit) !== 0n || step.began > first.ended) continue
      const earlier = before[index]!.filter((one) => (done & one) === 0n)
      if (earlier.some((one) => (musts & one) !== 0n)) continue
      const next = step.apply(state)
      const now = earlier.reduce((all, one) => all | one, done | bit)
      if (next !== undefined && search(now, next)) return true
    }
    deadEnds.add(here)
    return false
  }
  const isFound = search(0n, initial)
  return isFound || deadEnds.size <= mostLooked ? isFound : undefined
}
