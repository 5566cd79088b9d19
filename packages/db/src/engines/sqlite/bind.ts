import { types } from "node:util"
import { isDate } from "../is-date.ts"
import { assertWellFormed, invalidParameter, jsonText } from "../parameters.ts"

/**
 * Turns parameters into what SQLite binds: booleans as 0 and 1, dates as ISO 8601 text in UTC. The driver binds a number
 * as a floating-point one, of which a column of text would keep "5.0", so integers are bound as bigints.
 */
export function bindSqlite(parameters: readonly unknown[]): readonly unknown[] {
  let bound: unknown[] | undefined
  for (let index = 0; index < parameters.length; index++) {
    const value = parameters[index]
    if (value === null) continue
    if (typeof value === "string") {
      assertWellFormed(value, index)
      continue
    }
    if (typeof value === "number") {
      if (Number.isNaN(value)) {
        throw invalidParameter(index, "is NaN, which SQLite would turn into null")
      }
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) continue
    }
    const converted = convert(value, index)
    if (converted === value) continue
    bound ??= [...parameters]
    bound[index] = converted
  }
  return bound ?? parameters
}

function convert(value: unknown, index: number): unknown {
  switch (typeof value) {
    case "boolean":
      return value ? 1n : 0n
    case "number":
      return BigInt(value)
    case "bigint":
      if (BigInt.asIntN(64, value) === value) return value
      throw invalidParameter(index, "is an integer of more than 64 bits")
    case "undefined":
      throw invalidParameter(index, "is undefined; give null for no value")
    case "object":
      if (isDate(value)) return dateText(value, index)
      if (types.isDataView(value)) {
        return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      }
      if (ArrayBuffer.isView(value)) return value
      if (types.isArrayBuffer(value)) return new Uint8Array(value)
      return jsonText(value, index)
    default:
      throw invalidParameter(index, `is a ${typeof value}`)
  }
}

function dateText(value: Date, index: number): string {
  if (Number.isNaN(value.getTime())) throw invalidParameter(index, "is an invalid date")
  return value.toISOString()
}
