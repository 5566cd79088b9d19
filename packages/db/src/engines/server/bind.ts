import { types } from "node:util"
import { isDate } from "../is-date.ts"
import { assertWellFormed, invalidParameter } from "../parameters.ts"

/** Turns parameters into what the drivers of servers take; what they would guess wrong is refused. */
export function bindServer(
  parameters: readonly unknown[],
  convertObject: (value: object, index: number) => unknown,
  convertInteger: (value: bigint) => unknown = String,
  isInRange: (value: bigint) => boolean = isSigned64,
): unknown[] {
  return parameters.map((value, index) => {
    switch (typeof value) {
      case "string":
        assertWellFormed(value, index)
        return value
      case "undefined":
        throw invalidParameter(index, "is undefined; give null for no value")
      case "function":
      case "symbol":
        throw invalidParameter(index, `is a ${typeof value}`)
      case "bigint":
        if (isInRange(value)) return convertInteger(value)
        throw invalidParameter(index, "is an integer of more than 64 bits")
      case "object":
        if (value === null) return null
        if (isDate(value) && Number.isNaN(value.getTime())) {
          throw invalidParameter(index, "is an invalid date")
        }
        if (types.isArrayBuffer(value)) return Buffer.from(value)
        if (ArrayBuffer.isView(value)) {
          return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        }
        return convertObject(value, index)
      default:
        return value
    }
  })
}

/** Whether 64 bits, one of them for the sign, hold an integer. */
export function isSigned64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}

/** An integer as a number, or as a bigint where a number would round. */
export function shortInteger(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
