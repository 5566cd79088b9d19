import { types } from "node:util"
import { PersistError } from "@persist/atomic"
import { describeValue } from "./plain.ts"

/**
 * Refuses what `decode` cannot read as bytes.
 *
 * @throws `ERR_PERSIST_INVALID_ARGUMENT` for anything but a Uint8Array, and for one whose memory is gone.
 */
export function requireBytes(input: Uint8Array): void {
  // Those of another realm, such as a test runner's, are bytes too.
  const isBytes = types.isUint8Array(input)
  if (isBytes && !(types.isArrayBuffer(input.buffer) && input.buffer.detached)) return
  // A proxy may answer anything to the questions of `describeValue`.
  const what = isBytes ? "detached bytes" : types.isProxy(input) ? "a Proxy" : describeValue(input)
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `decode was given ${what}; give it a Uint8Array, such as a Buffer or new Uint8Array(arrayBuffer).`,
  )
}
