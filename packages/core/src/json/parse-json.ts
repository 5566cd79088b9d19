import { PersistError } from "@persist/atomic"
import { limitError, type ResolvedLimits } from "../values/limits.ts"
import { JsonScanner } from "./json-scanner.ts"

/** How `parseJson` reads what plain JSON does not say. */
export interface ParseOptions {
  /** Accepts the NaN, Infinity and -Infinity that Python writes. */
  readonly lenient: boolean
  /** Reads integers beyond 2^53 as BigInt. */
  readonly bigints: boolean
  readonly limits: ResolvedLimits
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

// A spelling of zero that no writer uses stands in for NaN, which JSON.parse refuses.
const nanSource = "0e-0000000777"

/** Parses JSON; `ERR_PERSIST_DECODE` gives line and column. */
export function parseJson(text: string, options: ParseOptions): unknown {
  const { lenient, bigints, limits } = options
  try {
    return bigints ? JSON.parse(text, bigintReviver(limits) as never) : JSON.parse(text)
  } catch (cause) {
    if (PersistError.is(cause)) throw cause
    const scanner = new JsonScanner(text, limits, lenient)
    scanner.scan()
    if (scanner.nonFinite.length === 0)
      throw new PersistError("ERR_PERSIST_DECODE", `Not JSON: ${(cause as Error).message}.`, {
        cause,
      })
    return parseNonFinite(text, scanner.nonFinite, bigints ? bigintReviver(limits) : undefined)
  }
}

function parseNonFinite(text: string, offsets: readonly number[], next?: Reviver): unknown {
  const parts: string[] = []
  let end = 0
  for (const offset of offsets) {
    const isNotNumber = text[offset] === "N"
    parts.push(text.slice(end, offset), isNotNumber ? nanSource : "1e999")
    end = offset + (isNotNumber ? "NaN" : "Infinity").length
  }
  parts.push(text.slice(end))
  const revive: Reviver = (key, value, context) =>
    context.source === nanSource ? Number.NaN : next ? next(key, value, context) : value
  return JSON.parse(parts.join(""), revive as never)
}

function bigintReviver(limits: ResolvedLimits): Reviver {
  return (_key, value, { source }) => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value
    if (source === undefined || !/^-?[0-9]+$/.test(source)) return value
    if (source.length > limits.bigintDigits)
      throw limitError("bigintDigits", limits, `An integer of ${source.length} digits`)
    return BigInt(source)
  }
}
