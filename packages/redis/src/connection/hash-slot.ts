const slotCount = 16_384
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

/**
 * The slot of a hash tag (CRC-16/XMODEM modulo 16384, redis.io, "Redis cluster specification"): `text` is
 * what stands between the braces, or the whole of a key that has none.
 */
export function hashSlot(text: string): number {
  let crc = 0
  for (const byte of Buffer.from(text)) {
    crc = ((crc << 8) & 0xffff) ^ table[((crc >> 8) ^ byte) & 0xff]!
  }
  return crc % slotCount
}
