import { PersistError } from "@persist/core"
import { brief, limitError, type ResolvedLimits, setOwn } from "@persist/core/values"
import type { Document, LineCounter, Node, YAMLMap } from "yaml"
import { yamlLibrary } from "./yaml-library.ts"

/** Turns a composed document into values: aliases into the same object, keys into own properties. */
export function buildValue(
  document: Document.Parsed,
  lines: LineCounter,
  limits: ResolvedLimits,
): unknown {
  return new ValueBuilder(lines, limits).build(document.contents)
}

/** What an anchor names, and how many nodes are in it; 0 while it is being built. */
interface Anchored {
  readonly value: unknown
  size: number
}

class ValueBuilder {
  readonly #yaml = yamlLibrary()
  readonly #lines: LineCounter
  readonly #limits: ResolvedLimits
  readonly #anchors = new Map<string, Anchored>()
  #count = 0
  #depth = 0

  constructor(lines: LineCounter, limits: ResolvedLimits) {
    this.#lines = lines
    this.#limits = limits
  }

  build(node: unknown): unknown {
    this.#spend(1)
    if (node === null || node === undefined) return null
    if (this.#yaml.isAlias(node)) return this.#alias(node.source, node)
    this.#checkTag(node as Node)
    if (this.#yaml.isScalar(node)) return this.#scalar(node)
    if (++this.#depth > this.#limits.depth) throw limitError("depth", this.#limits, "The YAML")
    const value = this.#collection(node as Node)
    this.#depth--
    return value
  }

  #spend(nodes: number): void {
    this.#count += nodes
    if (this.#count > this.#limits.nodes) throw limitError("nodes", this.#limits, "The YAML")
  }

  /** Builds what an anchor may name: the name counts from the start, so that cycles close. */
  #anchored<T extends object>(anchor: string | undefined, value: T, fill: (value: T) => void): T {
    const anchored: Anchored = { value, size: 0 }
    if (anchor) this.#anchors.set(anchor, anchored)
    const before = this.#count
    fill(value)
    anchored.size = this.#count - before
    return value
  }

  #scalar(node: Node & { value: unknown; anchor?: string }): unknown {
    const value = scalarValue(node)
    if (typeof value === "string" && value.length > this.#limits.stringLength)
      throw limitError("stringLength", this.#limits, this.#where(node))
    if (node.anchor) this.#anchors.set(node.anchor, { value, size: 0 })
    return value
  }

  #collection(node: Node): unknown {
    if (this.#yaml.isSeq(node)) {
      if (node.items.length > this.#limits.arrayLength)
        throw limitError("arrayLength", this.#limits, this.#where(node))
      return this.#anchored(node.anchor, [] as unknown[], (array) => {
        for (const item of node.items) array.push(this.build(item))
      })
    }
    if (!this.#yaml.isMap(node))
      throw this.#error("ERR_PERSIST_DECODE", node, "is nothing that YAML knows")
    return this.#anchored(node.anchor, {}, (object) => this.#properties(node, object))
  }

  #properties(node: YAMLMap, object: Record<string, unknown>): void {
    const keys = new Set<string>()
    for (const { key: keyNode, value } of node.items) {
      const key = this.#key(keyNode, node)
      if (keys.has(key)) {
        const problem = `is the key ${JSON.stringify(brief(key))} again`
        throw this.#error("ERR_PERSIST_DECODE", keyNode as Node, problem)
      }
      keys.add(key)
      setOwn(object, key, this.build(value))
    }
  }

  #key(node: unknown, parent: Node): string {
    const before = this.#count
    const key = this.build(node)
    // Keys are no values.
    this.#count = before
    if (typeof key === "object" && key !== null)
      throw this.#error(
        "ERR_PERSIST_FORMAT",
        (node as Node) ?? parent,
        "is a key that is no scalar",
      )
    if (typeof key === "string") return key
    // A number as a key means its text, as the file spells it: 1.0 and 0x10 stay themselves.
    const source = this.#yaml.isScalar(node) ? node.source : undefined
    return source ?? String(key)
  }

  /** An alias is the same object again, but counts for all that it stands for. */
  #alias(anchor: string, node: Node): unknown {
    const anchored = this.#anchors.get(anchor)
    if (anchored === undefined)
      throw this.#error("ERR_PERSIST_DECODE", node, `refers to the unknown anchor ${brief(anchor)}`)
    this.#spend(anchored.size)
    return anchored.value
  }

  #checkTag(node: Node): void {
    const { tag } = node as { tag?: string }
    if (tag === undefined) return
    const fits = coreTags.get(tag)
    if (fits === undefined) {
      const problem = `has the tag ${brief(tag)}, which is not of YAML's core schema`
      throw this.#error("ERR_PERSIST_FORMAT", node, problem)
    }
    // `yaml` takes what does not fit for text, or for the collection that it is.
    if (fits(this.#yaml.isScalar(node) ? scalarValue(node) : node, this.#yaml)) return
    throw this.#error(
      "ERR_PERSIST_FORMAT",
      node,
      `has the tag ${brief(tag)}, which its content does not fit`,
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

const prefix = "tag:yaml.org,2002:"

/** A whole number may be called a float, as whose text `yaml` leaves it. */
function scalarValue(node: { readonly value: unknown; readonly tag?: string }): unknown {
  const { tag, value } = node
  const isWhole = tag === `${prefix}float` && /^[-+]?[0-9]+$/.test(String(value))
  return isWhole ? Number(value) : value
}

/** Whether the value of a scalar, or a collection, is what a tag says. */
type Fits = (value: unknown, yaml: typeof import("yaml")) => boolean

/** The tags of the core schema. */
const coreTags: ReadonlyMap<string, Fits> = new Map<string, Fits>([
  [`${prefix}null`, (value) => value === null],
  [`${prefix}bool`, (value) => typeof value === "boolean"],
  [`${prefix}int`, (value) => Number.isInteger(value)],
  [`${prefix}float`, (value) => typeof value === "number"],
  [`${prefix}str`, (value) => typeof value === "string"],
  [`${prefix}seq`, (value, { isSeq }) => isSeq(value)],
  [`${prefix}map`, (value, { isMap }) => isMap(value)],
  ["!", () => true],
])
