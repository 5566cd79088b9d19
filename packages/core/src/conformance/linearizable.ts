/** One finished operation on a register. */
export interface Observed<State> {
  /** Its begin and end, on one line of time with the others'. */
  readonly began: number
  readonly ended: number
  /** Whether what it saw fits `state`, and what it leaves behind. */
  apply(state: State): { readonly fits: boolean; readonly next: State }
}

/**
 * Whether some order of the operations explains what each of them saw, in which none comes before
 * one that had ended when it began (Herlihy and Wing, "Linearizability", 1990). Searches every
 * order, remembering the dead ends; meant for some ten operations.
 */
export function isLinearizable<State>(
  observed: readonly Observed<State>[],
  initial: State,
): boolean {
  const deadEnds = new Set<string>()
  const search = (done: number, state: State): boolean => {
    if (done === 2 ** observed.length - 1) return true
    const here = `${done} ${String(state)}`
    if (deadEnds.has(here)) return false
    const left = observed.filter((_, index) => (done & (1 << index)) === 0)
    const firstEnd = Math.min(...left.map(({ ended }) => ended))
    for (const operation of left) {
      if (operation.began > firstEnd) continue
      const { fits, next } = operation.apply(state)
      if (fits && search(done | (1 << observed.indexOf(operation)), next)) return true
    }
    deadEnds.add(here)
    return false
  }
  return search(0, initial)
}
