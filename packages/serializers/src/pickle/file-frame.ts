import { PersistError } from "@persist/core"
import type { ResolvedLimits } from "@persist/core/values"
import { packAlone } from "./engine.ts"
import { formatVersion, magic } from "./format.ts"
import { TokenReader } from "./token-reader.ts"

// An array of four, and a string of less than 32 bytes.
const start = Buffer.from(`\x94${String.fromCharCode(0xa0 | magic.length)}${magic}`, "latin1")

/** Writes the outer array of a file; see `format.ts`. */
export function writeFileFrame(buffers: readonly Uint8Array[], nodes: Uint8Array): Uint8Array {
  const size = buffers.reduce((sum, { length }) => sum + length + 5, nodes.length + 64)
  return packAlone([magic, formatVersion, buffers, nodes], size)
}

/** Reads the outer array of a file, up to its nodes. */
export function readFileFrame(
  bytes: Uint8Array,
  limits: ResolvedLimits,
): { buffers: readonly ArrayBuffer[]; nodes: TokenReader } {
  const input = new TokenReader(bytes, limits)
  const first = input.bytes.subarray(0, start.length)
  if (!first.equals(start.subarray(0, first.length)))
    throw input.damaged("its first bytes are another format's", 0)
  if (first.length < start.length) throw input.ends()
  input.position = start.length
  const version = input.count(0xffffffff)
  if (version === 0) throw input.damaged("its version makes no sense", start.length)
  if (version > formatVersion) {
    throw new PersistError(
      "ERR_PERSIST_NEWER",
      `The pickle is of format version ${version}; this program reads up to ${formatVersion}. Update it.`,
    )
  }
  const buffers = readBuffers(input)
  const type = input.byte()
  if (type < 0xc4 || type > 0xc6) throw input.damaged("the nodes are missing", input.position - 1)
  const size = input.size(type - 0xc4)
  if (size !== input.remaining) throw input.damaged("its length is not what it says")
  return { buffers, nodes: input }
}

function readBuffers(input: TokenReader): ArrayBuffer[] {
  const count = input.arraySize(input.byte())
  if (count > input.limits.nodes) throw input.limit("nodes")
  const buffers: ArrayBuffer[] = []
  for (let index = 0; index < count; index++) buffers.push(input.data().buffer as ArrayBuffer)
  return buffers
}
