import { PersistError } from "@persist/core"
import type { ResolvedLimits } from "@persist/core/values"
import { formatVersion, magic } from "./format.ts"
import { TokenReader } from "./token-reader.ts"

/** Reads the outer array of a file; see `format.ts`. */
export function readFileFrame(
  bytes: Uint8Array,
  limits: ResolvedLimits,
): { buffers: readonly ArrayBuffer[]; nodes: TokenReader } {
  const input = new TokenReader(bytes, limits)
  if (
    input.byte() !== 0x94 ||
    input.byte() !== (0xa0 | magic.length) ||
    input.string(magic.length) !== magic
  )
    throw input.damaged("its first bytes are another format's", 0)
  const version = input.count(0xffffffff)
  if (version > formatVersion) {
    throw new PersistError(
      "ERR_PERSIST_NEWER",
      `The pickle is of format version ${version}; this program reads up to ${formatVersion}. Update it.`,
    )
  }
  if (version === 0) throw input.damaged("there is no format version 0")
  const buffers = readBuffers(input)
  const type = input.byte()
  if (type < 0xc4 || type > 0xc6) throw input.damaged("the nodes are missing")
  const size = input.size(type - 0xc4)
  if (size !== input.remaining) throw input.damaged("its length is not what it says")
  return { buffers, nodes: new TokenReader(bytes.subarray(bytes.length - size), limits) }
}

function readBuffers(input: TokenReader): ArrayBuffer[] {
  const count = input.arraySize(input.byte())
  if (count > input.remaining) throw input.ends()
  const buffers: ArrayBuffer[] = []
  for (let index = 0; index < count; index++) {
    buffers.push(input.data().buffer as ArrayBuffer)
  }
  return buffers
}
