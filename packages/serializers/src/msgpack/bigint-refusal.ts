import { hasMoreDigits } from "../limits/has-more-digits.ts"
import type { Refusal } from "./explain-refusal.ts"
import type { MsgpackConfiguration } from "./msgpack-serializer.ts"

const maximumUint64 = 2n ** 64n
const minimumInt64 = -(2n ** 63n)

/** Why MessagePack does not take a BigInt; undefined when it does. */
export function bigintRefusal(
  value: bigint,
  { smallIntegers, limits }: MsgpackConfiguration,
): Refusal | undefined {
  if (value >= maximumUint64 || value < minimumInt64)
    return { problem: "is a BigInt of more than 64 bits" }
  if (smallIntegers && Number.isSafeInteger(Number(value)))
    return { problem: 'is a BigInt that int64: "number" would read as a number' }
  return hasMoreDigits(value, limits.bigintDigits) ? { limit: "bigintDigits" } : undefined
}
