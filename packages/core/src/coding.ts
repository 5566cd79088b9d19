import { PersistError } from "@persist/atomic"
import type { Serializer } from "./serializer.ts"

/** Decodes; what a serializer throws that is no `PersistError` counts as `ERR_PERSIST_DECODE`. */
export function decodeWith(serializer: Serializer, bytes: Uint8Array): unknown {
  try {
    return serializer.decode(bytes)
  } catch (cause) {
    throw asPersistError("ERR_PERSIST_DECODE", serializer, cause)
  }
}

/** Encodes; what a serializer throws that is no `PersistError` counts as `ERR_PERSIST_ENCODE`. */
export function encodeWith(serializer: Serializer, value: unknown): Uint8Array {
  try {
    return serializer.encode(value)
  } catch (cause) {
    throw asPersistError("ERR_PERSIST_ENCODE", serializer, cause)
  }
}

function asPersistError(
  code: "ERR_PERSIST_DECODE" | "ERR_PERSIST_ENCODE",
  serializer: Serializer,
  cause: unknown,
): PersistError {
  if (PersistError.is(cause)) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new PersistError(code, `${serializer.constructor.name}: ${why}`, { cause })
}
