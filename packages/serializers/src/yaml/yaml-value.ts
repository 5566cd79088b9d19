import { PersistError } from "@persist/core"
import { limitError, type ResolvedLimits } from "@persist/core/values"
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from "yaml"

/** Turns a composed document into values: aliases into the same object, keys into own properties. */
export function buildValue(
  document: Document.Parsed,
  lines: LineCounter,
  limits: ResolvedLimits,
): unknown {
  return new ValueBuilder(lines, limits).build(document.contents)
}

class ValueBuilder {
  readonly #lines: LineCounter
  readonly #limits: ResolvedLimits
  readonly #anchors = new Map<string, unknown>()
  #count = 0
  #depth = 0

  constructor(lines: LineCounter, limits: ResolvedLimits) {
    this.#lines = lines
    this.#limits = limits
  }

  build(node: unknown): unknown {
    if (++this.#count > this.#limits.nodes) throw limitError("nodes", this.#limits, "The YAML")
    if (node === null || node === undefined) return null
    if (isAlias(node)) return this.#alias(node.source, node)
    this.#checkTag(node as Node)
    if (isScalar(node)) return this.#scalar(node)
    if (++this.#depth > this.#limits.depth) throw limitError("depth", this.#limits, "The YAML")
    const value = this.#collection(node as Node)
    this.#depth--
    return value
  }

  #scalar(node: Node & { value: unknown; anchor?: string }): unknown {
    const { value } = node
    if (typeof value === "string" && value.length > this.#limits.stringLength)
      throw limitError("stringLength", this.#limits, this.#where(node))
    if (node.anchor) this.#anchors.set(node.anchor, value)
    return value
  }

  #collection(node: Node): unknown {
    if (isSeq(node)) {
      if (node.items.length > this.#limits.arrayLength)
        throw limitError("arrayLength", this.#limits, this.#where(node))
      const array: unknown[] = []
      if (node.anchor) this.#anchors.set(node.anchor, array)
      for (const item of node.items) array.push(this.build(item))
      return array
    }
    if (!isMap(node)) throw this.#error("ERR_PERSIST_DECODE", node, "is nothing that YAML knows")
    const object: Record<string, unknown> = {}
    if (node.anchor) this.#anchors.set(node.anchor, object)
    const keys = new Set<string>()
    for (const { key: keyNode, value } of node.items) {
      const key = this.#key(keyNode, node)
      if (keys.has(key))
        throw this.#error(
          "ERR_PERSIST_DECODE",
          keyNode as Node,
          `is the key ${JSON.stringify(key)} again`,
        )
      keys.add(key)
      define(object, key, this.build(value))
    }
    return object
  }

  #key(node: unknown, parent: Node): string {
    const key = this.build(node)
    if (typeof key === "object" && key !== null)
      throw this.#error(
        "ERR_PERSIST_FORMAT",
        (node as Node) ?? parent,
        "is a key that is no scalar",
      )
    if (typeof key === "string") return key
    // A number as a key means its text, as the file spells it: 1.0 and 0x10 stay themselves.
    const source = isScalar(node) ? node.source : undefined
    return source ?? String(key)
  }

  #alias(anchor: string, node: Node): unknown {
    if (this.#anchors.has(anchor)) return this.#anchors.get(anchor)
    throw this.#error("ERR_PERSIST_DECODE", node, `refers to the unknown anchor ${anchor}`)
  }

  #checkTag(node: Node): void {
    const { tag } = node as { tag?: string }
    if (tag === undefined || coreTags.has(tag)) return
    throw this.#error(
      "ERR_PERSIST_FORMAT",
      node,
      `has the tag ${tag}, which is not of YAML's core schema`,
    )
  }

  #error(
    code: "ERR_PERSIST_DECODE" | "ERR_PERSIST_FORMAT",
    node: Node,
    problem: string,
  ): PersistError {
    return new PersistError(code, `${this.#where(node)} ${problem}.`)
  }

  #where(node: Node): string {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0)
    return `The YAML at line ${line}, column ${col}`
  }
}

const coreTags: ReadonlySet<string> = new Set(
  ["null", "bool", "int", "float", "str", "seq", "map"]
    .map((name) => `tag:yaml.org,2002:${name}`)
    .concat("!"),
)

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}
