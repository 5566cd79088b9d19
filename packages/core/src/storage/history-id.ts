import { randomBytes } from "node:crypto"

const digits = "0123456789abcdefghjkmnpqrstvwxyz"
const layout = /^[0-9a-hjkmnp-tv-z]{26}$/

/**
 * Makes a source of history ids: 26 characters of Crockford's base 32, in the layout of a ULID
 * (48 bits of milliseconds, 80 random bits). Ids of one source strictly increase, within a
 * millisecond and when the clock is set back too; ids of two sources never collide.
 */
export function historyIds(clock: () => number): () => string {
  let lastTime = -1
  let tail = 0n
  return () => {
    const now = Math.floor(clock())
    if (now > lastTime) {
      lastTime = now
      // One bit of the 80 stays free, so that counting up never overflows.
      tail = BigInt(`0x${randomBytes(10).toString("hex")}`) >> 1n
    } else {
      tail += 1n + BigInt(randomBytes(2).readUInt16BE())
    }
    return base32(BigInt(Math.max(lastTime, 0)), 10) + base32(tail, 16)
  }
}

/** Whether `id` is laid out as a history id. */
export function isHistoryId(id: unknown): id is string {
  return typeof id === "string" && layout.test(id)
}

/** The time in a history id, in milliseconds since the epoch; NaN when it is none. */
export function historyIdTime(id: string): number {
  if (!isHistoryId(id)) return Number.NaN
  let time = 0
  for (const digit of id.slice(0, 10)) time = time * 32 + digits.indexOf(digit)
  return time
}

function base32(value: bigint, length: number): string {
  let text = ""
  for (let rest = value; text.length < length; rest >>= 5n) text = digits[Number(rest & 31n)] + text
  return text
}
