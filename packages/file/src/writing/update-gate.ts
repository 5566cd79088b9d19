import { PersistError } from "@persist/core"
import { longestTimer, whenAborted } from "@persist/core/options"
import type { LockLimits } from "./commit-locks.ts"

// Each update keeps its lock's file open while it reads, decides and stages; thousands at once would use up what the
// process may open, and then none could stage.
const mostAtOnce = 256

// Who has waited for as long as it wanted goes in up to this many, to see whether its lock is free: not a whole crowd,
// whose files would be those that others cannot open.
const mostOverdue = 512

// Milliseconds in which none of those inside gets any further. They may be waiting for those outside: a change may itself
// update another key. Looked at twice: after a stop of the whole process a timer comes before what it did not hear.
const patience = 1_000
const looks = 2

// How many are let in then; twice as many each time it happens again, until there is room. Not all at once: a process
// that is merely held up would use up its files, which nobody inside could close any more.
const fewest = 16

// Kept from the beginning: a test that stops the clock must not stop a storage.
const { setTimeout: later, clearTimeout: cancel } = globalThis

/** How many updates of each value are inside; but one of them waits in line, without a file. */
const inside = new Map<string, number>()
const waiting = new Set<() => void>()
let standstill: NodeJS.Timeout | undefined
let more = fewest
let quietLooks = 0

/** Tells that an update has got further. Not only its end counts: a process that is held up takes long to the first. */
export function gotFurther(): void {
  quietLooks = 0
  standstill?.refresh()
}

/**
 * Waits, a bounded time, until updates of few enough values are under way in this thread.
 *
 * @param value Names the value: two updates of one never hold a lock at once.
 * @param key Its key, for errors.
 * @returns What to call, once, when the lock has been given back.
 * @throws `ERR_PERSIST_TIMEOUT`
 */
export async function enterUpdate(
  value: string,
  limits: LockLimits,
  key: string = value,
): Promise<() => void> {
  if (inside.size >= mostAtOnce && !inside.has(value)) await room(value, limits, key)
  else enter(value)
  return () => leave(value)
}

function enter(value: string): void {
  inside.set(value, (inside.get(value) ?? 0) + 1)
}

/** Resolves when `value` has been let in. */
function room(value: string, { timeout, signal }: LockLimits, key: string): Promise<void> {
  standstill ??= later(look, patience / looks)
  return new Promise((resolve, reject) => {
    const end = (): void => {
      waiting.delete(go)
      cancel(timer)
      stop?.()
    }
    const go = (): void => {
      enter(value)
      end()
      resolve()
    }
    const goOverdue = (): void => {
      if (inside.size < mostOverdue) {
        go()
        return
      }
      end()
      reject(timeoutError(key, timeout))
    }
    const timer = later(goOverdue, Math.min(timeout, longestTimer))
    waiting.add(go)
    const stop = signal && whenAborted(signal, go)
  })
}

function leave(value: string): void {
  const others = inside.get(value)! - 1
  if (others > 0) inside.set(value, others)
  else inside.delete(value)
  gotFurther()
  if (inside.size < mostAtOnce) more = fewest
  for (const go of waiting) {
    if (inside.size >= mostAtOnce) break
    go()
  }
  if (waiting.size === 0) endStandstill()
}

function look(): void {
  quietLooks++
  if (quietLooks === looks) letMoreIn()
  if (waiting.size === 0) endStandstill()
  else standstill?.refresh()
}

function letMoreIn(): void {
  quietLooks = 0
  for (const go of [...waiting].slice(0, more)) go()
  more *= 2
}

function endStandstill(): void {
  cancel(standstill)
  standstill = undefined
  more = fewest
  quietLooks = 0
}

function timeoutError(key: string, timeout: number): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `Updating "${key}" waited ${Math.round(timeout)} ms for ${inside.size} other updates of this process; make fewer at once, or raise "timeout".`,
    { key },
  )
}
