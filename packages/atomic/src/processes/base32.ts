const digits = "0123456789abcdefghijklmnopqrstuv"

/** The lowest `length` × 5 bits of `value` as lower-case base 32, which survives file systems that fold case. */
export function base32(value: bigint, length: number): string {
  return BigInt.asUintN(length * 5, value)
    .toString(32)
    .padStart(length, digits[0])
}

/** `length` random characters of base 32 out of `bytes`. */
export function base32FromBytes(bytes: Uint8Array, offset: number, length: number): string {
  let text = ""
  for (let index = 0; index < length; index++) text += digits[bytes[offset + index]! & 31]
  return text
}
