import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"
import { quietly } from "../system-error.ts"

/** How long a process that had a wanted lock for long stands back: longer than anybody sleeps between two looks. */
export const longestCourtesy = 35

// A process that takes a lock again and again may do so for this long before others get a chance, milliseconds.
const quantum = 20
// Taken again sooner than this, it counts as never given back.
const shortestBreak = 10
// Who waits looks only now and then, so not every short hold is marked.
const longestInterest = 200
const mostRemembered = 256

// Set on a lock file by those who wait for it: "others may execute", which means nothing for a record.
const wantedBit = 0o001

interface Streak {
  readonly since: number
  readonly until: number
  readonly wantedAt: number
}

const streaksOf = perFileSystem(() => new Map<string, Streak>())

/** Tells the holder of a lock that somebody waits. Where that is not allowed, locks are merely less fair. */
export function markWanted(fileSystem: FileSystem, lockFile: string, mode: bigint): void {
  if (isWanted(mode)) return
  quietly(() => {
    // By descriptor: should somebody put a link there, only what is readable anyway can be marked.
    const descriptor = fileSystem.openSync(lockFile, "r")
    try {
      const facts = fileSystem.fstatSync(descriptor)
      const bits = Number(facts.mode) & 0o777
      if (isRecord(bits)) fileSystem.fchmodSync(descriptor, bits | wantedBit)
    } finally {
      fileSystem.closeSync(descriptor)
    }
  })
}

/** Whether somebody waits for the lock whose file has this mode. */
export function isWanted(mode: bigint): boolean {
  return (Number(mode) & wantedBit) !== 0
}

// The mode that records are made with, whatever a umask took from it.
function isRecord(bits: number): boolean {
  return (bits & ~0o644) === 0
}

/** Remembers for how long this process has had a lock that others want. */
export function rememberHold(
  fileSystem: FileSystem,
  lockFile: string,
  heldSince: number,
  wanted: boolean,
): void {
  const streaks = streaksOf(fileSystem)
  const now = performance.now()
  const before = streaks.get(lockFile)
  const goesOn = before !== undefined && heldSince - before.until < shortestBreak
  const wantedAt = wanted ? now : goesOn ? before.wantedAt : Number.NEGATIVE_INFINITY
  streaks.delete(lockFile)
  if (now - wantedAt > longestInterest) return
  if (streaks.size >= mostRemembered) streaks.clear()
  streaks.set(lockFile, { since: goesOn ? before.since : heldSince, until: now, wantedAt })
}

/** Whether this process should let others go first now. Asked once, it forgets. */
export function owesCourtesy(fileSystem: FileSystem, lockFile: string): boolean {
  const streaks = streaksOf(fileSystem)
  const streak = streaks.get(lockFile)
  if (streak === undefined || streak.until - streak.since < quantum) return false
  streaks.delete(lockFile)
  return performance.now() - streak.until < shortestBreak
}
