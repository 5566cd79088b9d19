// Not by name: what an old Node lacks would end the program before it could be told why.
import * as zlib from "node:zlib"
import { readZstdFrame } from "./zstd-frame.ts"

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
  readonly decompress: (bytes: Uint8Array, maximum: number) => Decompressed
  /** What is wrong with the form of the bytes, if anything; costs little. */
  readonly check: (bytes: Uint8Array) => string | undefined
  /** What is wrong with the result, if anything. */
  readonly verify: (bytes: Uint8Array, result: Uint8Array) => string | undefined
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
    try {
      return withInfo(zlib.zstdDecompressSync, bytes, maximum)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== windowTooLarge) throw error
      // What `zstd --long` wrote, or a damaged header: only reading tells. A window of 2 GiB is the largest
      // there is; memory is taken for what comes out alone, which `maximum` bounds.
      const params = { [zlib.constants.ZSTD_d_windowLogMax]: 31 }
      return withInfo(zlib.zstdDecompressSync, bytes, maximum, params)
    }
  },
  // Some versions of Node answer what they have when a frame is cut off.
  check: (bytes) => {
    const frame = readZstdFrame(bytes)
    if (typeof frame === "string") return frame
    return frame.end === bytes.length ? undefined : "other bytes follow the frame"
  },
  verify: (bytes, result) => {
    const frame = readZstdFrame(bytes)
    const size = typeof frame === "string" ? undefined : frame.contentSize
    return size === undefined || size === result.length
      ? undefined
      : `it has ${result.length} bytes of ${size}`
  },
}

/** Gzip, RFC 1952, of one member. */
export const gzip: Algorithm = {
  name: "gzip",
  extension: ".gz",
  defaultLevel: 6,
  levels: [0, 9],
  compress: (bytes, level) => zlib.gzipSync(bytes, { level }),
  decompress: (bytes, maximum) => withInfo(zlib.gunzipSync, bytes, maximum),
  check: (bytes) => (bytes.length < 18 ? "it ends too early" : undefined),
  // The last bytes must be the checksum and size of the one member that there is.
  verify: (bytes, result) => {
    const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8)
    const fits =
      trailer.getUint32(0, true) === zlib.crc32(result) &&
      trailer.getUint32(4, true) === result.length % 2 ** 32
    return fits ? undefined : "its checksum is not that of its only member"
  },
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
  check: () => undefined,
  verify: () => undefined,
}

function withInfo(
  run: (bytes: Uint8Array, options: DecompressOptions) => unknown,
  bytes: Uint8Array,
  maxOutputLength: number,
  params: DecompressOptions["params"] = {},
): Decompressed {
  return run(bytes, { info: true, maxOutputLength, params }) as Decompressed
}
