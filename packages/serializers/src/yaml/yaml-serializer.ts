import { Serializer } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import {
  decodeUtf8,
  encoding,
  type Limits,
  limitError,
  type ResolvedLimits,
  requireBytes,
  resolveLimits,
} from "@persist/core/values"
import { readYaml } from "./yaml-reader.ts"
import { writeYaml } from "./yaml-writer.ts"

/** Options of `YamlSerializer`. */
export interface YamlSerializerOptions {
  /** Spaces of one level, 1 to 10. @default 2 */
  readonly indent?: number | undefined
  /** How much a value may cost to read or write; `depth` is 500 at most, `nodes` 1,000,000 unless you say otherwise. */
  readonly limits?: Limits | undefined
}

const checkOptions = optionsCheck<YamlSerializerOptions>("YamlSerializer", {
  indent: true,
  limits: true,
})

// The parser and the writer of `yaml` recurse.
const maximumDepth = 500
// The parser takes about a kilobyte for each: the ten million of other formats are more than a heap holds.
const defaultNodes = 1_000_000

/**
 * YAML 1.2, core schema. An object that is referred to twice keeps its identity by an anchor, cycles
 * included; NaN, Infinity and -0 are kept. What the schema cannot hold throws `ERR_PERSIST_ENCODE`
 * with its path; a tag outside the schema throws `ERR_PERSIST_FORMAT`.
 */
export class YamlSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string = ".yaml"
  readonly #indent: number
  readonly #limits: ResolvedLimits

  constructor(options: YamlSerializerOptions = {}) {
    super()
    checkOptions(options)
    const { indent = 2 } = options
    if (!Number.isInteger(indent) || indent < 1 || indent > 10)
      throw invalidOption("indent", indent, "a whole number from 1 to 10")
    const limits = resolveLimits(options.limits)
    this.#indent = indent
    const nodes = options.limits?.nodes ?? defaultNodes
    this.#limits = Object.freeze({ ...limits, depth: Math.min(limits.depth, maximumDepth), nodes })
  }

  override encode(value: T): Uint8Array {
    const text = encoding("YAML", () => writeYaml(value, this.#indent, this.#limits))
    const bytes = new TextEncoder().encode(text)
    if (bytes.length > this.#limits.bytes) throw limitError("bytes", this.#limits, "$")
    return bytes
  }

  override decode(bytes: Uint8Array): T {
    requireBytes(bytes)
    if (bytes.length > this.#limits.bytes)
      throw limitError("bytes", this.#limits, `The YAML has ${bytes.length} bytes`)
    return readYaml(decodeUtf8(bytes, "YAML"), this.#limits) as T
  }
}
