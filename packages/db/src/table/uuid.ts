import { randomFillSync } from "node:crypto"

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
const pool = new Uint8Array(4096)
let used = pool.length
let lastTime = -1
let sequence = 0

/**
 * Makes a UUID of version 7 (RFC 9562): 48 bits of milliseconds, 12 bits that count within a
 * millisecond, 62 random bits. Those of one process strictly increase, also when the clock is set back.
 */
export function uuidv7(now: number = Date.now()): string {
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  if (now > lastTime) {
    lastTime = now
    sequence = ((pool[used]! & 0x07) << 8) | pool[used + 1]!
  } else if (++sequence > 0xfff) {
    lastTime++
    sequence = 0
  }
  const high = Math.floor(lastTime / 2 ** 16)
  const low = lastTime % 2 ** 16
  const random = used
  used += 8
  return (
    `${hex[(high >>> 24) & 0xff]}${hex[(high >>> 16) & 0xff]}${hex[(high >>> 8) & 0xff]}${hex[high & 0xff]}-` +
    `${hex[low >>> 8]}${hex[low & 0xff]}-` +
    `${hex[0x70 | (sequence >>> 8)]}${hex[sequence & 0xff]}-` +
    `${hex[0x80 | (pool[random]! & 0x3f)]}${hex[pool[random + 1]!]}-` +
    `${hex[pool[random + 2]!]}${hex[pool[random + 3]!]}${hex[pool[random + 4]!]}` +
    `${hex[pool[random + 5]!]}${hex[pool[random + 6]!]}${hex[pool[random + 7]!]}`
  )
}
