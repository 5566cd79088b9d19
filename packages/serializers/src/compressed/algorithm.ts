// Not by name: what an old Node lacks would end the program before it could be told why.
import * as zlib from "node:zlib"
import { readZstdFrames, type ZstdFrame } from "./zstd-frame.ts"

/** What Node answers with the option `info`: also how much of the input was used. */
interface Decompressed {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

interface DecompressOptions {
  readonly info: true
  readonly maxOutputLength: number
  readonly params: { readonly [parameter: number]: number }
}

/** One way to compress. */
export interface Algorithm {
  readonly name: string
  readonly extension: string
  readonly defaultLevel: number
  readonly levels: readonly [lowest: number, highest: number]
  readonly compress: (bytes: Uint8Array, level: number) => Uint8Array
  /** Throws for bytes that are damaged; those that it has no use for, it leaves. */
  readonly decompress: (bytes: Uint8Array, maximum: number) => Decompressed
}

const windowTooLarge = "ZSTD_error_frameParameter_windowTooLarge"

/** Zstandard, RFC 8878, with the checksum of its content. */
export const zstd: Algorithm = {
  name: "zstd",
  extension: ".zst",
  defaultLevel: 3,
  levels: [1, 22],
  compress: (bytes, level) =>
    zlib.zstdCompressSync(bytes, {
      pledgedSrcSize: bytes.length,
      params: {
        [zlib.constants.ZSTD_c_compressionLevel]: level,
        [zlib.constants.ZSTD_c_checksumFlag]: 1,
      },
    }),
  decompress: (bytes, maximum) => {
    const frames = readZstdFrames(bytes)
    if (typeof frames === "string") throw new Error(frames)
    const contents: Buffer[] = []
    let left = maximum
    for (const frame of frames) {
      const content = ofFrame(bytes, frame, Math.max(1, left))
      contents.push(content)
      left -= content.length
    }
    const buffer = contents.length === 1 ? contents[0]! : Buffer.concat(contents)
    return { buffer, engine: { bytesWritten: bytes.length } }
  },
}

/** Some versions of Node read one frame alone, and answer what they have when it is cut off. */
function ofFrame(bytes: Uint8Array, { start, end, contentSize }: ZstdFrame, most: number): Buffer {
  const frame = bytes.subarray(start, end)
  const { buffer, engine } = withLargeWindows(frame, most)
  if (engine.bytesWritten !== frame.length) throw new Error("other bytes are in its frame")
  if (contentSize === undefined || contentSize === buffer.length) return buffer
  throw new Error(`it has ${buffer.length} bytes of ${contentSize}`)
}

function withLargeWindows(frame: Uint8Array, maximum: number): Decompressed {
  try {
    return withInfo(zlib.zstdDecompressSync, frame, maximum)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== windowTooLarge) throw error
    // What `zstd --long` wrote, or a damaged header: only reading tells. A window of 2 GiB is the largest
    // there is; memory is taken for what comes out alone, which `maximum` bounds.
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: 31 }
    return withInfo(zlib.zstdDecompressSync, frame, maximum, params)
  }
}

/** Gzip, RFC 1952, of one member or several. */
export const gzip: Algorithm = {
  name: "gzip",
  extension: ".gz",
  defaultLevel: 6,
  levels: [0, 9],
  compress: (bytes, level) => zlib.gzipSync(bytes, { level }),
  decompress: (bytes, maximum) => {
    const result = withInfo(zlib.gunzipSync, bytes, maximum)
    if (!isOneMember(bytes, result.buffer) && isLongerThanNeeded(bytes, maximum))
      throw new Error("zeros follow the data")
    return result
  },
}

/** Whether the last bytes are checksum and size of all the content. */
function isOneMember(bytes: Uint8Array, content: Uint8Array): boolean {
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8)
  return (
    trailer.getUint32(0, true) === zlib.crc32(content) &&
    trailer.getUint32(4, true) === content.length % 2 ** 32
  )
}

/** Zlib passes over zeros at the end; without its last byte a member is cut off. */
function isLongerThanNeeded(bytes: Uint8Array, maximum: number): boolean {
  try {
    withInfo(zlib.gunzipSync, bytes.subarray(0, -1), maximum)
    return true
  } catch {
    return false
  }
}

/** Brotli, RFC 7932, which has no checksum. */
export const brotli: Algorithm = {
  name: "brotli",
  extension: ".br",
  defaultLevel: 5,
  levels: [0, 11],
  compress: (bytes, level) =>
    zlib.brotliCompressSync(bytes, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: level,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  decompress: (bytes, maximum) => withInfo(zlib.brotliDecompressSync, bytes, maximum),
}

function withInfo(
  run: (bytes: Uint8Array, options: DecompressOptions) => unknown,
  bytes: Uint8Array,
  maxOutputLength: number,
  params: DecompressOptions["params"] = {},
): Decompressed {
  return run(bytes, { info: true, maxOutputLength, params }) as Decompressed
}
