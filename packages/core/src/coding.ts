import { types } from "node:util"
import { PersistError } from "@persist/atomic"
import type { Serializer } from "./serializer.ts"
import { exhaustedWriting, exhaustionError, isExhaustion } from "./values/exhaustion.ts"
import { reasonOf } from "./values/path.ts"
import { describeValue } from "./values/plain.ts"

/**
 * Decodes; what a serializer throws that is no `PersistError` counts as `ERR_PERSIST_DECODE`, unless it is
 * for want of stack or memory, which must not be taken for damage: whole bytes would be replaced.
 */
export function decodeWith(serializer: Serializer, bytes: Uint8Array): unknown {
  let value: unknown
  try {
    value = serializer.decode(bytes)
  } catch (cause) {
    if (isExhaustion(cause))
      throw exhaustionError(`The value of ${serializer.constructor.name}`, cause)
    throw asPersistError("ERR_PERSIST_DECODE", serializer, cause)
  }
  if (!types.isPromise(value)) return value
  // What it may reject with belongs to nobody.
  value.catch(() => {})
  const message = `${serializer.constructor.name}.decode returned a promise; return the value itself.`
  throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message)
}

/** `encodedBy`, to bytes that later changes of `value` do not reach. */
export function encodeWith<T>(serializer: Serializer<T>, value: T): Uint8Array {
  const bytes = encodedBy(serializer, value)
  const isShared = ArrayBuffer.isView(value) && value.buffer === bytes.buffer
  // Not `slice`, which on a Buffer would share the memory again.
  return isShared ? new Uint8Array(bytes) : bytes
}

/**
 * What a serializer writes, which may be the memory of `value` itself; what it throws that is no
 * `PersistError` counts as `ERR_PERSIST_ENCODE`, unless it is for want of stack or memory.
 */
export function encodedBy<T>(serializer: Serializer<T>, value: T): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = serializer.encode(value)
  } catch (cause) {
    throw encodingError(serializer, cause)
  }
  if (!types.isUint8Array(bytes)) {
    // What it may reject with belongs to nobody.
    if (types.isPromise(bytes)) (bytes as Promise<unknown>).catch(() => {})
    const message = `${serializer.constructor.name}.encode returned ${describeValue(bytes)}; return a Uint8Array.`
    throw new PersistError("ERR_PERSIST_ENCODE", message)
  }
  return bytes
}

/** What a serializer threw while it encoded, as callers see it. */
export function encodingError(serializer: object, cause: unknown): PersistError {
  if (!PersistError.is(cause) && isExhaustion(cause))
    return exhaustedWriting(`The value of ${serializer.constructor.name}`, cause)
  return asPersistError("ERR_PERSIST_ENCODE", serializer, cause)
}

function asPersistError(
  code: "ERR_PERSIST_DECODE" | "ERR_PERSIST_ENCODE",
  serializer: object,
  cause: unknown,
): PersistError {
  if (PersistError.is(cause)) return cause
  return new PersistError(code, `${serializer.constructor.name}: ${reasonOf(cause)}`, { cause })
}
