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
  [".gz", Buffer.from([0x1f, 0x8b, 0x08]), 0],
  [".sum", Buffer.from("persist/checksum 1 ", "latin1"), 0],
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
  if (extension === undefined) return unmarked(bytes, named, options)
  const make = formats.get(extension)
  if (make !== undefined) return make(options)
  if (depth === mostLayers) throw unknown("it has too many layers")
  const wrap = layers.get(extension)!
  const probe = new Probe()
  const outer = wrap(probe, options)
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
): Serializer {
  if (named !== undefined && isMarked(named)) {
    const json = formats.get(".json")!(options)
    return reads(json, bytes) ? json : named
  }
  const isText = isUtf8(bytes) && !bytes.some((byte) => byte < 0x20 && (byte < 9 || byte > 13))
  const candidates = isText ? [".json", ".yaml", ".msgpack"] : [".msgpack"]
  for (const extension of candidates) {
    const serializer = formats.get(extension)!(options)
    if (reads(serializer, bytes)) return serializer
  }
  throw unknown("no format fits")
}

function reads(serializer: Serializer, bytes: Uint8Array): boolean {
  try {
    serializer.decode(bytes)
    return true
  } catch (error) {
    return !PersistError.is(error, "ERR_PERSIST_DECODE")
  }
}

function unknown(problem: string): PersistError {
  return new PersistError("ERR_PERSIST_FORMAT", `Cannot tell the format of the data: ${problem}.`)
}
