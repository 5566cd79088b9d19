import { PersistError } from "@persist/core"
import type { ResolvedLimits } from "@persist/core/values"
import { packAlone, unpackOne } from "./engine.ts"
import { formatVersion, magic } from "./format.ts"
import { TokenReader } from "./token-reader.ts"
import { TokenScanner } from "./token-scanner.ts"

// An array of four, and a string of less than 32 bytes.
const start = Buffer.from(`\x94${String.fromCharCode(0xa0 | magic.length)}${magic}`, "latin1")

/** Writes the outer array of a file; see `format.ts`. */
export function writeFileFrame(buffers: readonly Uint8Array[], nodes: Uint8Array): Uint8Array {
  const size = buffers.reduce((sum, { length }) => sum + length + 5, nodes.length + 64)
  return packAlone([magic, formatVersion, buffers, nodes], size)
}

/** Reads the outer array of a file. */
export function readFileFrame(
  bytes: Uint8Array,
  limits: ResolvedLimits,
): { buffers: readonly ArrayBuffer[]; nodes: TokenReader } {
  const scanner = new TokenScanner(bytes, limits)
  let position = start.length
  const token = () => {
    const { count, end } = scanner.run(position, 1)
    if (count === 0) throw scanner.ends()
    const from = position
    position = end
    return unpackOne(scanner.bytes, from, end)
  }
  if (!scanner.bytes.subarray(0, position).equals(start))
    throw scanner.damaged("its first bytes are another format's", 0)
  const version = token()
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1)
    throw scanner.damaged("its version makes no sense", start.length)
  if (version > formatVersion) {
    throw new PersistError(
      "ERR_PERSIST_NEWER",
      `The pickle is of format version ${version}; this program reads up to ${formatVersion}. Update it.`,
    )
  }
  const buffers = token()
  if (!Array.isArray(buffers) || !buffers.every((buffer) => buffer instanceof Uint8Array))
    throw scanner.damaged("the buffers are missing", position)
  const type = scanner.bytes[position] ?? 0
  if (type < 0xc4 || type > 0xc6) throw scanner.damaged("the nodes are missing", position)
  const { end } = scanner.run(position, 1)
  if (end !== bytes.length) throw scanner.damaged("its length is not what it says", position)
  const nodes = scanner.bytes.subarray(position + 1 + 2 ** (type - 0xc4))
  return {
    buffers: buffers.map(({ buffer }) => buffer as ArrayBuffer),
    nodes: new TokenReader(nodes, limits),
  }
}
