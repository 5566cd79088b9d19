import { randomFillSync } from "node:crypto"
import { base32, base32FromBytes } from "../processes/base32.ts"
import { type Identity, identity } from "../processes/identity.ts"

// .<boot 5><space 4><pid 7><start 6><random 10>.tmp: fixed length, whatever the target is called.
const pattern = /^\.([0-9a-v]{5})([0-9a-v]{4})([0-9a-v]{7})([0-9a-v]{6})[0-9a-v]{10}\.tmp$/
const breakerPattern = /^\.[0-9a-v]{32}\.break$/
const randomLength = 10
const pool = new Uint8Array(randomLength * 64)
let used = pool.length
let prefix: string | undefined

/** Makes a name for a temporary file: who made it, and fifty random bits. */
export function temporaryName(): string {
  if (prefix === undefined) {
    const { boot, space, pid, start } = identity()
    prefix = `.${boot}${space}${base32(BigInt(pid), 7)}${start}`
  }
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = base32FromBytes(pool, used, randomLength)
  used += randomLength
  return `${prefix}${random}.tmp`
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
  const match = pattern.exec(name)
  if (match === null) return undefined
  const [, boot, space, pid, start] = match as unknown as [string, string, string, string, string]
  return { boot, space, pid: Number.parseInt(pid, 32), start }
}
