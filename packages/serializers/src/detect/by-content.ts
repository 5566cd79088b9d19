import { isUtf8 } from "node:buffer"
import { PersistError, Serializer } from "@persist/core"
import { envelopeMagic } from "../encrypted/envelope.ts"
import { magic as pickleMagic } from "../pickle/format.ts"
import { formats, layers } from "./by-name.ts"
import type { DetectOptions } from "./detect.ts"

/** A layer with a mark at its start: the extension, the mark, and where it stands. */
const marks: readonly (readonly [extension: string, mark: Buffer, offset: number])[] = [
  [".enc", Buffer.from(envelopeMagic, "latin1"), 0],
  [".zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 0],
  // A frame that is to be skipped, such as parallel compressors begin with.
  ...Array.from(
    { length: 16 },
    (_, kind) => [".zst", Buffer.from([0x50 + kind, 0x2a, 0x4d, 0x18]), 0] as const,
  ),
  [".gz", Buffer.from([0x1f, 0x8b, 0x08]), 0],
  [".sum", Buffer.from("persist/checksum ", "latin1"), 0],
  [".pkl", Buffer.from(pickleMagic, "latin1"), 2],
]

// A file has few layers; a bomb of layers has many.
const mostLayers = 8

/** The serializer for `bytes`, whose name suggests `named`. */
export function serializerOfBytes(
  bytes: Uint8Array,
  named: Serializer | undefined,
  options: DetectOptions,
  depth = 0,
): Serializer {
  const extension = markedExtension(bytes)
  if (named !== undefined && agrees(named, extension)) return named
  if (extension === undefined) return unmarked(bytes, named, options, depth)
  const make = formats.get(extension)
  if (make !== undefined) return make(options)
  return layer(extension, bytes, options, depth)
}

/** The serializer for `bytes` that have a layer around them. */
function layer(
  extension: string,
  bytes: Uint8Array,
  options: DetectOptions,
  depth: number,
): Serializer {
  if (depth === mostLayers) throw unknown("it has too many layers")
  const wrap = layers.get(extension)!
  const outer = wrap(new Probe(), options)
  if (outer === undefined) {
    throw new PersistError(
      "ERR_PERSIST_UNKNOWN_KEY",
      'The data is encrypted; give "encrypted" with its keys or passphrase.',
    )
  }
  const inside = outer.decode(bytes) as Uint8Array
  return wrap(serializerOfBytes(inside, undefined, options, depth + 1), options)!
}

/** Answers the bytes themselves, to look inside a layer. */
class Probe extends Serializer {
  readonly fileExtension = ""

  override encode(): Uint8Array {
    return new Uint8Array()
  }

  override decode(bytes: Uint8Array): unknown {
    return bytes
  }
}

function markedExtension(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64))
  return marks.find(([, mark, at]) => start.subarray(at, at + mark.length).equals(mark))?.[0]
}

/** Whether what the name says is what the first bytes say: the same mark, or none on either side. */
function agrees(named: Serializer, extension: string | undefined): boolean {
  return isMarked(named) ? named.fileExtension.endsWith(extension ?? "\0") : extension === undefined
}

/** Whether files of this serializer begin with a mark. */
function isMarked({ fileExtension }: Serializer): boolean {
  return marks.some(([marked]) => fileExtension.endsWith(marked))
}

/**
 * JSON, MessagePack, YAML and Brotli have no mark: the first that reads the bytes is it. A file whose name
 * promises a mark may have been unpacked under that name; anything but JSON in it is damage, which reading tells.
 */
function unmarked(
  bytes: Uint8Array,
  named: Serializer | undefined,
  options: DetectOptions,
  depth: number,
): Serializer {
  if (named !== undefined && isMarked(named)) {
    const json = formats.get(".json")!(options)
    return problemOf(json, bytes) === "ERR_PERSIST_DECODE" ? named : json
  }
  const isText = isUtf8(bytes) && !bytes.some((byte) => byte < 0x20 && (byte < 9 || byte > 13))
  let refusing: Serializer | undefined
  for (const extension of isText ? [".json", ".yaml", ".msgpack"] : [".msgpack"]) {
    const serializer = formats.get(extension)!(options)
    const problem = problemOf(serializer, bytes)
    if (problem === undefined) return serializer
    if (problem !== "ERR_PERSIST_DECODE") refusing ??= serializer
  }
  const found = isText ? refusing : (unpacked(bytes, options, depth) ?? refusing)
  if (found === undefined) throw unknown("no format fits")
  return found
}

/** Other bytes are hardly ever Brotli by chance, and then something that has a format. */
function unpacked(
  bytes: Uint8Array,
  options: DetectOptions,
  depth: number,
): Serializer | undefined {
  try {
    return layer(".br", bytes, options, depth)
  } catch (error) {
    if (
      PersistError.is(error, "ERR_PERSIST_DECODE") ||
      PersistError.is(error, "ERR_PERSIST_FORMAT")
    )
      return undefined
    throw error
  }
}

/** Why a serializer does not read the bytes; undefined when it does. */
function problemOf(serializer: Serializer, bytes: Uint8Array): string | undefined {
  try {
    serializer.decode(bytes)
    return undefined
  } catch (error) {
    return PersistError.is(error) ? error.code : "ERR_PERSIST_DECODE"
  }
}

function unknown(problem: string): PersistError {
  return new PersistError("ERR_PERSIST_FORMAT", `Cannot tell the format of the data: ${problem}.`)
}
