import { othersTurn } from "../turn.ts"

// Each write holds a descriptor while it waits for the disk. Four threads wait at most, so more than
// a few dozen at once gain nothing, and thousands would use up what the process may open.
const mostAtOnce = 64

const waiting: (() => void)[] = []
/** Those whose place is free. */
const entering: (() => void)[] = []
let inside = 0
let next = 0

/** Waits until few enough writes are under way; undefined when there is nothing to wait for. */
export function enterGate(): Promise<void> | undefined {
  if (inside < mostAtOnce) {
    inside++
    return undefined
  }
  return new Promise((resolve) => waiting.push(resolve))
}

/** Whether nobody is inside. */
export function isDeserted(): boolean {
  return inside === 0
}

/** Whether the one that asks is the only one inside. */
export function isAlone(): boolean {
  return inside === 1
}

/** Lets the next one in, first come, first served. */
export function leaveGate(): void {
  const go = waiting[next]
  if (go === undefined) {
    inside--
    return
  }
  next++
  if (next === waiting.length) {
    waiting.length = 0
    next = 0
  }
  entering.push(go)
  if (entering.length === 1) void letIn()
}

/** One after the other, so that timers and sockets get their turn before a crowd is through that never waits for the disk. */
async function letIn(): Promise<void> {
  for (let go = entering[0]; go !== undefined; go = entering[0]) {
    const turn = othersTurn()
    if (turn !== undefined) await turn
    go()
    // It writes in this moment, which counts before the next one asks for the time.
    await undefined
    entering.shift()
  }
}
