import { randomBytes } from "node:crypto"

const digits = "0123456789abcdefghjkmnpqrstvwxyz"

/**
 * Makes a source of history ids: 26 characters of Crockford's base 32, in the layout of a ULID
 * (48 bits of milliseconds, 80 random bits). Ids of one source strictly increase, within a
 * millisecond and when the clock is set back too; ids of two sources never collide.
 */
export function historyIds(clock: () => number): () => string {
  let lastTime = -1
  let tail = 0n
  return () => {
    const now = clock()
    if (now > lastTime) {
      lastTime = now
      tail = randomBytes(10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 1n
    } else {
      tail += 1n + BigInt(randomBytes(2).readUInt16BE())
    }
    return base32(BigInt(lastTime), 10) + base32(tail, 16)
  }
}

/** The time in a history id, in milliseconds since the epoch; NaN when it is none. */
export function historyIdTime(id: string): number {
  if (!/^[0-9a-hjkmnp-tv-z]{26}$/.test(id)) return Number.NaN
  let time = 0
  for (const digit of id.slice(0, 10)) time = time * 32 + digits.indexOf(digit)
  return time
}

function base32(value: bigint, length: number): string {
  let text = ""
  for (let rest = value; text.length < length; rest >>= 5n) text = digits[Number(rest & 31n)] + text
  return text
}
