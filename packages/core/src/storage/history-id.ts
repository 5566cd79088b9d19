import { randomBytes, randomFillSync } from "node:crypto"

const digits = "0123456789abcdefghjkmnpqrstvwxyz"
const layout = /^[0-9a-hjkmnp-tv-z]{26}$/

/** Every number of ten bits as two digits. */
const pairs = Array.from({ length: 1024 }, (_, bits) => digits[bits >> 5]! + digits[bits & 31]!)

/**
 * Makes a source of history ids: 26 characters of Crockford's base 32, in the layout of a ULID
 * (48 bits of milliseconds, 80 random bits). Ids of one source strictly increase, within a
 * millisecond and when the clock is set back too; ids of two sources never collide.
 *
 * A hot path: the 80 bits are two words of 40, and all but the lower word is written once a millisecond.
 */
export function historyIds(clock: () => number): () => string {
  let lastTime = -1
  let high = 0
  let low = 0
  let time = ""
  let prefix = ""
  const steps = Buffer.alloc(512)
  let used = steps.length
  const nextStep = () => {
    if (used === steps.length) {
      randomFillSync(steps)
      used = 0
    }
    used += 2
    return 1 + steps.readUInt16BE(used - 2)
  }
  return () => {
    const now = Math.max(Math.floor(clock()) || 0, 0)
    if (now > lastTime) {
      lastTime = now
      time = base32(now, 10)
      const random = randomBytes(10)
      // One bit of the 80 stays free, so that counting up never overflows.
      high = Math.floor(random.readUIntBE(0, 5) / 2)
      low = random.readUIntBE(5, 5)
      prefix = time + base32(high, 8)
    } else {
      low += nextStep()
      if (low >= 2 ** 40) {
        low -= 2 ** 40
        high += 1
        prefix = time + base32(high, 8)
      }
    }
    return prefix + base32(low, 8)
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

/** The lowest digits of `value`, an even number of them. */
function base32(value: number, length: number): string {
  let text = ""
  for (let rest = value; text.length < length; rest = Math.floor(rest / 1024)) {
    text = pairs[rest % 1024]! + text
  }
  return text
}
