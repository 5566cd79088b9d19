import {
  describeValue,
  encodeError,
  formatPath,
  hasOnlyElements,
  isPlainArray,
  isPlainObject,
  limitError,
  type PathSegment,
  type ResolvedLimits,
} from "@persist/core/values"
import { Alias, Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml"

/** Writes `value` as one YAML document. */
export function writeYaml(value: unknown, indent: number, limits: ResolvedLimits): string {
  const document = new Document(null, { version: "1.2", schema: "core", merge: false })
  document.contents = new TreeBuilder(limits).build(value) as never
  const text = document.toString({ indent, lineWidth: 0, verifyAliasOrder: false })
  // Only double-quoted strings hold these: other readers of YAML refuse them as they are.
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`
  })
}

const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g
const needsQuotes = /[^\t\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/

type YamlNode = Alias | Scalar | YAMLMap | YAMLSeq

/** Builds the tree that `yaml` writes; recursion ends at `limits.depth`, which is 500 at most. */
class TreeBuilder {
  readonly #limits: ResolvedLimits
  readonly #path: PathSegment[] = []
  readonly #nodes = new Map<object, YAMLMap | YAMLSeq>()
  #anchors = 0
  #count = 0

  constructor(limits: ResolvedLimits) {
    this.#limits = limits
  }

  build(value: unknown): YamlNode {
    if (++this.#count > this.#limits.nodes) throw this.#limit("nodes")
    switch (typeof value) {
      case "boolean":
      case "number":
        return new Scalar(value)
      case "string":
        return this.#string(value)
      case "object":
        return value === null ? new Scalar(null) : this.#object(value)
      default:
        throw this.#refuse(value)
    }
  }

  #object(value: object): YamlNode {
    const known = this.#nodes.get(value)
    if (known !== undefined) {
      known.anchor ??= `a${++this.#anchors}`
      return new Alias(known.anchor)
    }
    if (this.#path.length >= this.#limits.depth) throw this.#limit("depth")
    return Array.isArray(value) ? this.#sequence(value) : this.#map(value)
  }

  #sequence(array: readonly unknown[]): YAMLSeq {
    if (array.length > this.#limits.arrayLength) throw this.#limit("arrayLength")
    if (!isPlainArray(array)) throw this.#refuse(array)
    const sequence = new YAMLSeq()
    this.#nodes.set(array, sequence)
    for (let index = 0; index < array.length; index++) {
      this.#path.push(index)
      if (!(index in array)) throw encodeError(this.#path, "is a hole in an array", remedy)
      sequence.items.push(this.build(array[index]))
      this.#path.pop()
    }
    if (!hasOnlyElements(array))
      throw encodeError(this.#path, "is an array with properties of its own", remedy)
    return sequence
  }

  #map(object: object): YAMLMap {
    if (!isPlainObject(object)) throw this.#refuse(object)
    const [symbol] = Object.getOwnPropertySymbols(object)
    if (symbol !== undefined)
      throw encodeError(this.#path, `has a property with the key ${String(symbol)}`, remedy)
    const map = new YAMLMap()
    this.#nodes.set(object, map)
    for (const key of Object.keys(object)) {
      this.#path.push(key)
      map.items.push(new Pair(this.#string(key), this.build(object[key])))
      this.#path.pop()
    }
    return map
  }

  #string(text: string): Scalar {
    if (text.length > this.#limits.stringLength) throw this.#limit("stringLength")
    const scalar = new Scalar(text)
    if (needsQuotes.test(text)) scalar.type = Scalar.QUOTE_DOUBLE
    return scalar
  }

  #refuse(value: unknown): Error {
    return encodeError(this.#path, `is ${describeValue(value)}, which YAML cannot hold`, remedy)
  }

  #limit(limit: "depth" | "nodes" | "stringLength" | "arrayLength"): Error {
    return limitError(limit, this.#limits, formatPath(this.#path))
  }
}

const remedy = "convert it first, or use PickleSerializer"
