import { randomFillSync } from "node:crypto"
import { base32FromBytes } from "../processes/base32.ts"
import type { Identity } from "../processes/identity.ts"
import { makerName, parseMaker } from "../processes/maker.ts"

// .<maker 22><random 10>.tmp: fixed length, whatever the target is called.
const pattern = /^\.([0-9a-v]{22})[0-9a-v]{10}\.tmp$/
const breakerPattern = /^\.[0-9a-v]{32}\.break$/
const randomLength = 10
const bytes = new Uint8Array(randomLength * 64)
/** What is left of the random characters. */
let pool = ""
let used = 0

/** Makes a name for a temporary file: who made it, and fifty random bits. */
export function temporaryName(): string {
  if (used === pool.length) {
    pool = base32FromBytes(randomFillSync(bytes), 0, bytes.length)
    used = 0
  }
  const from = used
  used += randomLength
  return `.${makerName()}${pool.slice(from, used)}.tmp`
}

/** The name of the lock under which the lock with `token` is broken; it says nothing about who does so. */
export function breakerName(token: string): string {
  return `.${token}.break`
}

/** Tells whether `name` is the name of a temporary file of this package. */
export function isTemporaryName(name: string): boolean {
  return pattern.test(name) || isBreakerName(name)
}

/** Tells whether `name` is that of a breaker. */
export function isBreakerName(name: string): boolean {
  return breakerPattern.test(name)
}

/** Who made the temporary file called `name`; undefined for any other file. */
export function makerOf(name: string): Identity | undefined {
  const maker = pattern.exec(name)?.[1]
  return maker === undefined ? undefined : parseMaker(maker)
}
