import { dirname, join } from "node:path"
import type { FileSystem } from "../file-system.ts"
import { breakerName } from "../files/temporary-name.ts"
import { base32 } from "../processes/base32.ts"
import { quietly } from "../system-error.ts"
import { Candidate } from "./candidate.ts"
import { letGo } from "./disown.ts"
import { type Inspection, inspect } from "./inspection.ts"
import { removeLock } from "./remove-lock.ts"

const tokenPattern = /^[0-9a-v]{32}$/
const longestChain = 8
const heartbeat = 2_000

// Breaking takes a millisecond; a breaker this old (nanoseconds) was left by somebody who cannot be seen.
const longestBreak = 60_000_000_000n

/**
 * Removes the lock file that `stale` describes, and no other.
 *
 * Only one process at a time may do so: it holds a second lock, the breaker, that is named after the token
 * of the first, and looks again under it. A breaker whose holder died is broken the same way; its own breaker
 * has another name, so two generations never meet.
 *
 * @returns Whether the way is free, as far as can be told; false when somebody else is at it.
 */
export function takeOver(
  fileSystem: FileSystem,
  lockFile: string,
  stale: Inspection,
  depth = 0,
): boolean {
  const breaker = breakerPath(lockFile, stale)
  const candidate = Candidate.create(fileSystem, breaker, heartbeat)
  let descriptor: number | undefined
  try {
    descriptor = candidate.claim(breaker)
    if (descriptor === undefined) return clearBreaker(fileSystem, breaker, candidate, depth)
  } finally {
    candidate.discard()
  }
  try {
    const seen = inspect(fileSystem, lockFile)
    if (seen !== undefined && isSame(seen, stale)) {
      // proper-lockfile's locks are empty folders; what holds files is somebody's data.
      if (seen.facts.isDirectory() && fileSystem.readdirSync(lockFile).length > 0) return false
      removeLock(fileSystem, lockFile, (aside) => {
        const moved = inspect(fileSystem, aside)
        return moved === undefined || isSame(moved, stale)
      })
    }
    return true
  } finally {
    quietly(() => fileSystem.unlinkSync(breaker))
    letGo({ fileSystem, descriptor, heartbeat })
  }
}

function clearBreaker(
  fileSystem: FileSystem,
  breaker: string,
  candidate: Candidate,
  depth: number,
): boolean {
  const seen = inspect(fileSystem, breaker)
  if (seen === undefined) return true
  const isLeft = !seen.isAlive && candidate.now() - seen.facts.mtimeNs > longestBreak
  if (depth === longestChain || !(seen.isDead || isLeft)) return false
  return takeOver(fileSystem, breaker, seen, depth + 1)
}

/** Removes a breaker whose holder is seen to be dead. @returns Whether it did. */
export function removeDeadBreaker(fileSystem: FileSystem, breaker: string): boolean {
  // Each try removes one of the chain of those who died at it, the last one first.
  for (let tries = 0; tries <= longestChain; tries++) {
    const seen = inspect(fileSystem, breaker)
    if (seen === undefined) return tries > 0
    if (!seen.isDead || !takeOver(fileSystem, breaker, seen)) return false
  }
  return false
}

// A record is told by its token alone: with another name, a file may show another number.
function isSame(one: Inspection, other: Inspection): boolean {
  return (
    one.record?.token === other.record?.token &&
    (one.record !== undefined || one.facts.ino === other.facts.ino) &&
    one.facts.dev === other.facts.dev &&
    (other.isDead || one.facts.mtimeNs === other.facts.mtimeNs)
  )
}

function breakerPath(lockFile: string, { record, facts }: Inspection): string {
  const isToken = record !== undefined && tokenPattern.test(record.token)
  const name = isToken ? record.token : base32(facts.ino, 16) + base32(facts.mtimeNs, 16)
  return join(dirname(lockFile), breakerName(name))
}
