import { PersistError } from "@persist/core"
import { reasonOf } from "@persist/core/values"
import type { MessageReader } from "../binary/message-reader.ts"
import { synchronous } from "../synchronous.ts"
import type { ExtensionRegistry } from "./extension.ts"

/**
 * Reads the type and the `length` bytes of an extension.
 *
 * @throws `ERR_PERSIST_UNKNOWN_CLASS` for a type that is not allowed, `ERR_PERSIST_FORMAT` when its `decode` fails.
 */
export function readExtension(
  reader: MessageReader,
  length: number,
  extensions: ExtensionRegistry,
): unknown {
  const start = reader.position
  const type = (reader.byte() << 24) >> 24
  const extension = extensions.ofType(type)
  const data = reader.binary(length)
  const details = { type, offset: start }
  if (extension === undefined) {
    throw new PersistError(
      "ERR_PERSIST_UNKNOWN_CLASS",
      `The MessagePack holds an extension of type ${type} (byte ${start}), which is not among the "extensions" allowed.`,
      { details },
    )
  }
  try {
    return synchronous(extension.decode(data))
  } catch (cause) {
    throw new PersistError(
      "ERR_PERSIST_FORMAT",
      `An extension of type ${type} (byte ${start}) cannot be read: ${reasonOf(cause)}.`,
      { cause, details },
    )
  }
}
