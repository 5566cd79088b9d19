import { types } from "node:util"
import { describeValue, homePrototype, reasonOf } from "@persist/core/values"
import { hasProperties } from "../binary/view-properties.ts"
import { synchronous } from "../synchronous.ts"
import type { Refusal } from "./explain-refusal.ts"
import type { MessageWriter } from "./message-writer.ts"
import type { MsgpackConfiguration } from "./msgpack-serializer.ts"

/** Writes what has no children, binary data and extensions; answers why not. */
export function writeLeaf(
  value: object,
  writer: MessageWriter,
  { asBuffer, extensions }: MsgpackConfiguration,
): Refusal | undefined {
  if (isBinary(value, asBuffer ? Buffer.prototype : Uint8Array.prototype)) {
    if (hasProperties(value as Uint8Array)) return { problem: "has properties of its own" }
    const { buffer } = value as Uint8Array
    if (types.isSharedArrayBuffer(buffer) || buffer.detached)
      return { problem: "is on memory that is shared or detached" }
    writer.binary(value as Uint8Array)
    return
  }
  const extension = extensions.ofValue(value)
  if (extension === undefined) return { value }
  let data: Uint8Array
  try {
    data = synchronous(extension.encode(value))
  } catch (cause) {
    return { problem: `could not be encoded: ${reasonOf(cause)}`, cause }
  }
  if (!types.isUint8Array(data))
    return { problem: `was encoded by its extension as ${describeValue(data)}, not as bytes` }
  writer.extension(extension.type, data)
  return
}

/** Whether a value is of the class that is binary data, also of that of another realm. */
function isBinary(value: object, prototype: object): boolean {
  if (Object.getPrototypeOf(value) === prototype) return true
  return types.isUint8Array(value) && homePrototype(value) === prototype
}
