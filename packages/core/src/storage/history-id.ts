import { randomBytes, randomFillSync } from "node:crypto"

const digits = "0123456789abcdefghjkmnpqrstvwxyz"
const layout = /^[0-9a-hjkmnp-tv-z]{26}$/

/** Every number of ten bits as two digits. */
const pairs = Array.from({ length: 1024 }, (_, bits) => digits[bits >> 5]! + digits[bits & 31]!)

/** The ids of one millisecond, counted up from a random one. */
interface Count {
  readonly time: number
  /** The upper 40 of the random bits, and the lower ones. */
  high: number
  low: number
  /** What all but the lower bits are written as. */
  prefix: string
}

const none: Count = { time: -1, high: 0, low: 0, prefix: "" }

/** The count that the last id was of, whichever source made it. */
let last = none

/**
 * Makes a source of history ids: 26 characters of Crockford's base 32, in the layout of a ULID
 * (48 bits of milliseconds, 80 random bits). Ids of one source strictly increase, within a
 * millisecond and when the clock is set back too; ids of two sources never collide, and those that a
 * thread makes within one millisecond increase whatever source each is of. One that is asked for behind
 * another (`after`, of whatever source, thread or machine) is greater than that; later ones of its source
 * need not be greater than it, so that dates stay true where a clock is ahead.
 *
 * A hot path: the 80 bits are two words of 40, and all but the lower word is written once a millisecond.
 */
export function historyIds(clock: () => number): (after?: string) => string {
  let own = none
  return (after) => {
    const now = Math.max(Math.floor(clock()) || 0, own.time, 0)
    if (own !== last && last.time === now && isAhead(last, own)) own = last
    else if (own.time < now) own = countOf(now)
    last = own
    own.low += nextStep()
    if (own.low >= 2 ** 40) {
      own.low -= 2 ** 40
      own.high += 1
      own.prefix = prefixOf(own)
    }
    const id = own.prefix + base32(own.low, 8)
    return after === undefined || id > after || !isHistoryId(after) ? id : idBehind(after)
  }
}

function isAhead(one: Count, other: Count): boolean {
  if (one.time !== other.time) return one.time > other.time
  return one.high > other.high || (one.high === other.high && one.low > other.low)
}

function countOf(time: number): Count {
  const random = randomBytes(10)
  // One bit of the 80 stays free, so that counting up never overflows.
  const high = Math.floor(random.readUIntBE(0, 5) / 2)
  const low = random.readUIntBE(5, 5)
  return { time, high, low, prefix: prefixOf({ time, high }) }
}

/** In the same millisecond; the lower bits are by chance, for others may do the same. */
function idBehind(id: string): string {
  const time = historyIdTime(id)
  const high = numberOf(id.slice(10, 18)) + 1
  const prefix = prefixOf(high < 2 ** 40 ? { time, high } : { time: time + 1, high: 0 })
  return prefix + base32(randomBytes(5).readUIntBE(0, 5), 8)
}

function prefixOf({ time, high }: Pick<Count, "time" | "high">): string {
  return base32(time, 10) + base32(high, 8)
}

const steps = Buffer.alloc(512)
let used = steps.length

function nextStep(): number {
  if (used === steps.length) {
    randomFillSync(steps)
    used = 0
  }
  used += 2
  return 1 + steps.readUInt16BE(used - 2)
}

/** Whether `id` is laid out as a history id. */
export function isHistoryId(id: unknown): id is string {
  return typeof id === "string" && layout.test(id)
}

/** The time in a history id, in milliseconds since the epoch; NaN when it is none. */
export function historyIdTime(id: string): number {
  return isHistoryId(id) ? numberOf(id.slice(0, 10)) : Number.NaN
}

function numberOf(text: string): number {
  let value = 0
  for (const digit of text) value = value * 32 + digits.indexOf(digit)
  return value
}

/** The lowest digits of `value`, an even number of them. */
function base32(value: number, length: number): string {
  let text = ""
  for (let rest = value; text.length < length; rest = Math.floor(rest / 1024)) {
    text = pairs[rest % 1024]! + text
  }
  return text
}
