import { Serializer } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import {
  encoding,
  type Limits,
  limitError,
  type ResolvedLimits,
  requireBytes,
  resolveLimits,
} from "@persist/core/values"
import { ExtensionRegistry, type MsgpackExtension } from "./extension.ts"
import { MsgpackReader } from "./msgpack-reader.ts"
import { MsgpackWriter } from "./msgpack-writer.ts"

export type { MsgpackExtension } from "./extension.ts"

/** Options of `MsgpackSerializer`. */
export interface MsgpackSerializerOptions {
  /**
   * What a 64-bit integer is: `"bigint"` reads every one as BigInt and writes no number as one;
   * `"number"` writes and reads those within ±2^53 as numbers, as most other languages expect.
   * @default "bigint"
   */
  readonly int64?: "bigint" | "number" | undefined
  /** What a map is: an object with string keys, or a Map with keys of any type. @default "object" */
  readonly maps?: "object" | "map" | undefined
  /** What binary data is. @default "uint8array" */
  readonly binary?: "uint8array" | "buffer" | undefined
  /** The extension types allowed beside timestamps, which are Dates. */
  readonly extensions?: readonly MsgpackExtension[] | undefined
  /**
   * What to do with an object that is referred to twice: `"copy"` writes it twice, so that it comes back
   * as two equal ones; `"throw"` refuses it.
   * @default "copy"
   */
  readonly shared?: "copy" | "throw" | undefined
  /** How much a value may cost to read or write. */
  readonly limits?: Limits | undefined
}

/** The options as the reader and the writer take them. */
export interface MsgpackConfiguration {
  readonly smallIntegers: boolean
  readonly asMap: boolean
  readonly asBuffer: boolean
  readonly isTree: boolean
  readonly extensions: ExtensionRegistry
  readonly limits: ResolvedLimits
}

const checkOptions = optionsCheck<MsgpackSerializerOptions>("MsgpackSerializer", {
  int64: true,
  maps: true,
  binary: true,
  extensions: true,
  shared: true,
  limits: true,
})

/**
 * MessagePack as other languages write and read it. What it would drop or change throws
 * `ERR_PERSIST_ENCODE` with its path. An object that is referred to twice is written twice unless `shared` says otherwise.
 */
export class MsgpackSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string = ".msgpack"
  readonly #configuration: MsgpackConfiguration

  constructor(options: MsgpackSerializerOptions = {}) {
    super()
    checkOptions(options)
    const { int64 = "bigint", maps = "object", binary = "uint8array", extensions = [] } = options
    oneOf("int64", int64, ["bigint", "number"])
    oneOf("shared", options.shared ?? "copy", ["copy", "throw"])
    oneOf("maps", maps, ["object", "map"])
    oneOf("binary", binary, ["uint8array", "buffer"])
    if (!Array.isArray(extensions)) throw invalidOption("extensions", extensions, "an array")
    const native = [
      Array.prototype,
      maps === "map" ? Map.prototype : Object.prototype,
      binary === "buffer" ? Buffer.prototype : Uint8Array.prototype,
    ]
    this.#configuration = Object.freeze({
      smallIntegers: int64 === "number",
      asMap: maps === "map",
      asBuffer: binary === "buffer",
      isTree: options.shared === "throw",
      extensions: new ExtensionRegistry(extensions, native),
      limits: resolveLimits(options.limits),
    })
  }

  override encode(value: T): Uint8Array {
    const writer = new MsgpackWriter(this.#configuration)
    const bytes = encoding("MessagePack", () => writer.write(value))
    const { limits } = this.#configuration
    if (bytes.length > limits.bytes) throw limitError("bytes", limits, "$")
    return bytes
  }

  override decode(bytes: Uint8Array): T {
    requireBytes(bytes)
    const { limits } = this.#configuration
    if (bytes.length > limits.bytes)
      throw limitError("bytes", limits, `The MessagePack has ${bytes.length} bytes`)
    return new MsgpackReader(bytes, this.#configuration).read() as T
  }
}

function oneOf(option: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return
  throw invalidOption(option, value, allowed.map((name) => `"${name}"`).join(" or "))
}
