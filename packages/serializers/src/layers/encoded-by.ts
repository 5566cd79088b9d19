import { types } from "node:util"
import { PersistError, type Serializer } from "@persist/core"
import { describeValue } from "@persist/core/values"

/**
 * What the serializer inside a layer writes.
 *
 * @throws `ERR_PERSIST_ENCODE` for what is no Uint8Array, of which a layer could keep something else.
 */
export function encodedBy<T>(inner: Serializer<T>, value: T): Uint8Array {
  const bytes: unknown = inner.encode(value)
  if (types.isUint8Array(bytes)) return bytes
  // What it may reject with belongs to nobody.
  if (types.isPromise(bytes)) bytes.catch(() => {})
  throw new PersistError(
    "ERR_PERSIST_ENCODE",
    `${inner.constructor.name}.encode returned ${describeValue(bytes)}; return a Uint8Array.`,
  )
}
