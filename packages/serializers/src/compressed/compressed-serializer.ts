import { PersistError, Serializer } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import {
  encodedBy,
  exhaustedWriting,
  exhaustionError,
  type Limits,
  limitError,
  type ResolvedLimits,
  requireBytes,
  resolveLimits,
} from "@persist/core/values"
import { requireSerializer } from "../layers/require-serializer.ts"
import { type Algorithm, brotli, gzip, zstd } from "./algorithm.ts"

/** How bytes are compressed. */
export type Compression = "zstd" | "gzip" | "brotli"

/** Options of `compressed`. */
export interface CompressedOptions {
  /** Brotli has no checksum: a flipped bit in it may go unnoticed unless `checksummed` stands inside. @default "zstd" */
  readonly algorithm?: Compression | undefined
  /** How hard to try: zstd 1 to 22, gzip 0 to 9, brotli 0 to 11. @default zstd 3, gzip 6, brotli 5 */
  readonly level?: number | undefined
  /** `bytes` bounds what a file may unfold to. */
  readonly limits?: Limits | undefined
}

const checkOptions = optionsCheck<CompressedOptions>("compressed", {
  algorithm: true,
  level: true,
  limits: true,
})

const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ["zstd", zstd],
  ["gzip", gzip],
  ["brotli", brotli],
])

/** A serializer around another that compresses its bytes; made by `compressed`. */
export class CompressedSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string
  readonly #inner: Serializer<T>
  readonly #algorithm: Algorithm
  readonly #level: number
  readonly #limits: ResolvedLimits

  constructor(inner: Serializer<T>, options: CompressedOptions = {}) {
    super()
    requireSerializer(inner)
    checkOptions(options)
    const algorithm = algorithms.get(options.algorithm ?? "zstd")
    if (algorithm === undefined)
      throw invalidOption("algorithm", options.algorithm, '"zstd", "gzip" or "brotli"')
    const { level = algorithm.defaultLevel } = options
    const [lowest, highest] = algorithm.levels
    if (!Number.isInteger(level) || level < lowest || level > highest)
      throw invalidOption("level", level, `a whole number from ${lowest} to ${highest}`)
    this.fileExtension = inner.fileExtension + algorithm.extension
    this.#inner = inner
    this.#algorithm = algorithm
    this.#level = level
    this.#limits = resolveLimits(options.limits)
  }

  override encode(value: T): Uint8Array {
    const bytes = encodedBy(this.#inner, value)
    if (bytes.length > this.#limits.bytes) throw limitError("bytes", this.#limits, "$")
    return exact(compress(this.#algorithm, bytes, this.#level))
  }

  /**
   * Decompresses, then decodes.
   *
   * @throws `ERR_PERSIST_DECODE` for bytes that are cut off, changed, or followed by others,
   * `ERR_PERSIST_LIMIT` when they unfold to more than `limits.bytes`, `ERR_PERSIST_FORMAT` for Zstandard data
   * of more than 10,000 frames, or of frames with windows of more than 128 GiB in all.
   */
  override decode(bytes: Uint8Array): T {
    requireBytes(bytes)
    return this.#inner.decode(decompress(this.#algorithm, bytes, this.#limits))
  }
}

/** Compresses what `inner` writes: `compressed(new JsonSerializer())` writes `.json.zst`. */
export function compressed<T>(
  inner: Serializer<T>,
  options: CompressedOptions = {},
): CompressedSerializer<T> {
  return new CompressedSerializer(inner, options)
}

function compress(algorithm: Algorithm, bytes: Uint8Array, level: number): Uint8Array {
  try {
    return algorithm.compress(bytes, level)
  } catch (cause) {
    // Any bytes can be compressed, given memory.
    throw exhaustedWriting(`The ${algorithm.name} data`, cause)
  }
}

// What Zstandard, zlib and Brotli say when they lack memory. No pattern: Node 22 ends the process when it has to compile
// one where the stack is nearly used up.
const wantOfMemory = ["memory_allocation", "Z_MEM_ERROR", "ERROR_ALLOC_"]

/** Undoes one algorithm; any doubt about the bytes is an error. */
export function decompress(
  algorithm: Algorithm,
  bytes: Uint8Array,
  limits: ResolvedLimits,
): Uint8Array {
  const maximum = Math.max(1, Math.min(limits.bytes, 2 ** 32))
  let result: ReturnType<Algorithm["decompress"]>
  try {
    result = algorithm.decompress(bytes, maximum)
  } catch (cause) {
    if (PersistError.is(cause)) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw limitError("bytes", limits, `What the ${algorithm.name} data unfolds to`)
    if (wantOfMemory.some((words) => code?.includes(words)))
      throw exhaustionError(`The ${algorithm.name} data`, cause)
    throw damaged(algorithm, message, cause)
  }
  if (result.buffer.length > limits.bytes)
    throw limitError("bytes", limits, `What the ${algorithm.name} data unfolds to`)
  if (result.engine.bytesWritten !== bytes.length)
    throw damaged(algorithm, "other bytes follow the data")
  return exact(result.buffer)
}

function damaged(algorithm: Algorithm, problem: string, cause?: unknown): PersistError {
  return new PersistError("ERR_PERSIST_DECODE", `Damaged ${algorithm.name} data: ${problem}.`, {
    cause,
  })
}

/** The bytes as a plain Uint8Array; a small view of a big shared buffer is copied. */
function exact(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer.byteLength === bytes.length)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  return new Uint8Array(bytes)
}
