// Milliseconds of work at a stretch before others get their turn.
const mostAtOnce = 10

// Kept from the beginning: a test that stops the clock must not stop a storage.
const { setImmediate: soon } = globalThis

let turn = 0
let isWatched = false
let began: number | undefined
/** What those who wait for the same turn share. */
let coming: Promise<void> | undefined

/** A number that is another one after each turn of the event loop. */
export function turnNumber(): number {
  if (!isWatched) {
    soon(endTurn)
    // Not before: had it failed, where the stack ends, say, no turn would ever end.
    isWatched = true
  }
  return turn
}

/**
 * `turnNumber`, where somebody has asked for it in this turn; undefined where nobody has. To ask keeps no program
 * alive: one that only writes synchronously is at its end, as far as Node knows, when it has done so.
 */
export function knownTurn(): number | undefined {
  return isWatched ? turn : undefined
}

function endTurn(): void {
  turn++
  isWatched = false
  began = undefined
  coming = undefined
}

/**
 * What a call has to wait for, if anything, so that timers and sockets get their turn. Work that never
 * waits for the disk ends in promises that are resolved at once, and a loop of `await`s over
 * such promises would keep everything else out for as long as it lasts.
 */
export function othersTurn(): Promise<void> | undefined {
  if (began === undefined) {
    turnNumber()
    began = performance.now()
    return undefined
  }
  if (performance.now() - began < mostAtOnce) return undefined
  coming ??= nextTurn()
  return coming
}

/** Resolves when those who wait already have had their turn. */
export function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  soon(resolve)
  return promise
}
