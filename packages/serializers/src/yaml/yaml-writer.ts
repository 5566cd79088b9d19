import {
  brief,
  describeValue,
  encodeError,
  formatPath,
  hasOnlyElements,
  isPlainArray,
  isPlainObject,
  limitError,
  type PathSegment,
  type ResolvedLimits,
  unreadable,
} from "@persist/core/values"
import type { Alias, Scalar, ScalarTag, YAMLMap, YAMLSeq } from "yaml"
import { yamlLibrary } from "./yaml-library.ts"

/** Writes `value` as one YAML document. */
export function writeYaml(value: unknown, indent: number, limits: ResolvedLimits): string {
  const { Document } = yamlLibrary()
  const document = new Document(null, {
    version: "1.2",
    schema: "core",
    merge: false,
    // Readers of YAML 1.1, as in Python, take `no`, 1:30 and their like for something else unless quoted.
    compat: "yaml-1.1",
    customTags: (tags) => [exponent, ...tags],
  })
  const builder = new TreeBuilder(limits)
  document.contents = builder.buildRoot(value) as never
  const text = document.toString({
    // What stands behind a long key reads back with this indent only.
    indent: builder.hasLongKeys ? 2 : indent,
    lineWidth: 0,
    doubleQuotedAsJSON: true,
    verifyAliasOrder: false,
  })
  return escapeUnprintable(text)
}

/** A number without a point, such as `1e-7`, is text to readers of YAML 1.1. */
const exponent: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number" && /^-?\de/.test(String(value)),
  test: /^[-+]?[0-9]\.0e[-+][0-9]+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace("e", ".0e"),
}

/** Only double-quoted strings hold these: other readers of YAML refuse them as they are. */
function escapeUnprintable(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`
  })
}

// A longer key is written behind a question mark, on a line of its own.
const longestPlainKey = 1024

const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g
// A sign of equality alone has a tag of its own in YAML 1.1.
const needsQuotes = /[^\t\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|^=$/

/**
 * Whether text of several lines may be a block, which people read best. The blocks that `yaml` writes
 * for text with spaces at its edges or at the ends of lines do not all read back as they were.
 */
function isSafeBlock(text: string): boolean {
  return !/^\s|[ \t](?:\n|$)|\n\n$/.test(text)
}

type YamlNode = Alias | Scalar | YAMLMap | YAMLSeq

/** A container of the value: its node, and how many nodes it unfolds to, 0 while it is being built. */
interface Known {
  readonly node: YAMLMap | YAMLSeq
  size: number
}

/** Builds the tree that `yaml` writes; recursion ends at `limits.depth`, which is 500 at most. */
class TreeBuilder {
  readonly #yaml = yamlLibrary()
  readonly #limits: ResolvedLimits
  readonly #path: PathSegment[] = []
  readonly #known = new Map<object, Known>()
  #anchors = 0
  #count = 0
  hasLongKeys = false

  constructor(limits: ResolvedLimits) {
    this.#limits = limits
  }

  buildRoot(value: unknown): YamlNode {
    try {
      return this.build(value)
    } catch (cause) {
      throw unreadable(this.#path, cause)
    }
  }

  build(value: unknown): YamlNode {
    if (++this.#count > this.#limits.nodes) throw this.#limit("nodes")
    switch (typeof value) {
      case "number":
        return this.#number(value)
      case "boolean":
        return new this.#yaml.Scalar(value)
      case "string":
        return this.#string(value)
      case "object":
        return value === null ? new this.#yaml.Scalar(null) : this.#object(value)
      default:
        throw this.#refuse(value)
    }
  }

  /** Other readers take -0 for the integer 0, but -0.0 for what it is. */
  #number(value: number): Scalar {
    const scalar = new this.#yaml.Scalar(value)
    if (Object.is(value, -0)) scalar.minFractionDigits = 1
    return scalar
  }

  #object(value: object): YamlNode {
    const seen = this.#known.get(value)
    if (seen !== undefined) return this.#alias(seen)
    if (this.#path.length >= this.#limits.depth) throw this.#limit("depth")
    const known: Known = {
      node: Array.isArray(value) ? new this.#yaml.YAMLSeq() : new this.#yaml.YAMLMap(),
      size: 0,
    }
    this.#known.set(value, known)
    const before = this.#count
    if (Array.isArray(value)) this.#sequence(value, known.node)
    else this.#map(value, known.node)
    known.size = this.#count - before
    return known.node
  }

  /** An alias counts for all that it stands for: nobody must meet more than `limits.nodes` who unfolds the file. */
  #alias(known: Known): Alias {
    this.#count += known.size
    if (this.#count > this.#limits.nodes) throw this.#limit("nodes")
    known.node.anchor ??= `a${++this.#anchors}`
    return new this.#yaml.Alias(known.node.anchor)
  }

  #sequence(array: readonly unknown[], { items }: YAMLMap | YAMLSeq): void {
    if (array.length > this.#limits.arrayLength) throw this.#limit("arrayLength")
    if (!isPlainArray(array)) throw this.#refuse(array)
    for (let index = 0; index < array.length; index++) {
      this.#path.push(index)
      if (!(index in array)) throw encodeError(this.#path, "is a hole in an array", remedy)
      ;(items as YamlNode[]).push(this.build(array[index]))
      this.#path.pop()
    }
    if (!hasOnlyElements(array))
      throw encodeError(this.#path, "is an array with properties of its own", remedy)
  }

  #map(object: object, { items }: YAMLMap | YAMLSeq): void {
    if (!isPlainObject(object)) throw this.#refuse(object)
    const [symbol] = Object.getOwnPropertySymbols(object)
    if (symbol !== undefined)
      throw encodeError(this.#path, `has a property with the key ${brief(String(symbol))}`, remedy)
    for (const key of Object.keys(object)) {
      this.#path.push(key)
      items.push(new this.#yaml.Pair(this.#key(key), this.build(object[key])))
      this.#path.pop()
    }
  }

  #key(key: string): Scalar {
    // Escapes take six characters at most.
    if (key.length * 6 + 2 > longestPlainKey) {
      const quoted = JSON.stringify(key)
      if (quoted.length <= longestPlainKey && escapeUnprintable(quoted).length > longestPlainKey)
        throw encodeError(this.#path, "has a key that is too long when it is escaped", remedy)
      this.hasLongKeys ||= quoted.length > longestPlainKey
    }
    return this.#string(key)
  }

  #string(text: string): Scalar {
    if (text.length > this.#limits.stringLength) throw this.#limit("stringLength")
    const scalar = new this.#yaml.Scalar(text)
    if (needsQuotes.test(text) || !this.#isSafeBare(text))
      scalar.type = this.#yaml.Scalar.QUOTE_DOUBLE
    return scalar
  }

  /** Many readers know neither a block without indent, as the root is, nor a tab in a plain scalar. */
  #isSafeBare(text: string): boolean {
    if (!text.includes("\n")) return !text.includes("\t")
    return this.#path.length > 0 && isSafeBlock(text)
  }

  #refuse(value: unknown): Error {
    return encodeError(this.#path, `is ${describeValue(value)}, which YAML cannot hold`, remedy)
  }

  #limit(limit: "depth" | "nodes" | "stringLength" | "arrayLength"): Error {
    return limitError(limit, this.#limits, formatPath(this.#path))
  }
}

const remedy = "convert it first, or use PickleSerializer"
