import type { ResolvedLimits } from "@persist/core/values"
import type { ClassRegistry } from "./class-registry.ts"
import { emptyError } from "./empty-error.ts"
import { readFileFrame } from "./file-frame.ts"
import { Kind, Tag } from "./format.ts"
import { HoldingGraph } from "./holding-graph.ts"
import { InstanceReader } from "./instance-reader.ts"
import { LeafReader } from "./leaf-reader.ts"
import { LongList } from "./long-list.ts"
import { setProperty } from "./set-property.ts"
import type { TokenReader } from "./token-reader.ts"

/** Keys that several objects have, and whether any of them must be defined rather than assigned. */
interface Shape {
  readonly keys: readonly (string | symbol)[]
  readonly isPlain: boolean
}

/** Rebuilds a graph in one pass: every token of an object makes it empty, its contents fill it later. */
export class PickleReader {
  readonly #in: TokenReader
  readonly #leaves: LeafReader
  readonly #instances: InstanceReader
  // Every object in the order of its id, and what it is.
  readonly #objects = new LongList<object>()
  readonly #kinds = new LongList<number>()
  readonly #graph: HoldingGraph | undefined
  readonly #shapes: Shape[] = []
  #nodes = 0
  /** The id of the object whose contents are read; -1 before the first. */
  #holder = -1

  constructor(bytes: Uint8Array, classes: ClassRegistry, limits: ResolvedLimits) {
    const { buffers, nodes } = readFileFrame(bytes, limits)
    this.#in = nodes
    this.#leaves = new LeafReader(nodes, buffers, (more) => this.#count(more))
    this.#instances = new InstanceReader(nodes, classes)
    if (classes.haveSteps) this.#graph = new HoldingGraph()
  }

  read(): unknown {
    this.#count(1)
    const root = this.#token()
    const objects = this.#objects
    const kinds = this.#kinds
    let level = 0
    let levelEnd = 0
    for (let head = 0; head < objects.length; head++) {
      const kind = kinds.at(head)
      this.#holder = head
      this.#graph?.next(objects.length)
      if (kind === Kind.Leaf) continue
      if (head >= levelEnd) {
        if (++level > this.#in.limits.depth) throw this.#in.limit("depth")
        levelEnd = objects.length
      }
      this.#fill(head, kind)
    }
    if (this.#in.remaining > 0) throw this.#in.damaged("bytes follow the last value")
    this.#instances.finish(this.#graph, (id) => this.#replaceIn(id))
    return this.#instances.standIns?.of(root) ?? root
  }

  /** Makes room for `more` values, before any of them is made. */
  #count(more: number): void {
    this.#nodes += more
    if (this.#nodes > this.#in.limits.nodes) throw this.#in.limit("nodes")
  }

  // Hot path: what most tokens are comes first.
  #token(): unknown {
    const input = this.#in
    const type = input.byte()
    if (type < 0x80) return type
    if (type >= 0xa0) return type < 0xc0 ? input.text(type & 0x1f) : input.scalar(type)
    // An empty list or object of the file becomes the one that is filled.
    if (type === 0x80) return this.#made({}, Kind.Object)
    if (type === 0x90) return this.#made([], Kind.Array)
    if (type > 0x90) return this.#tagged(input.byte(), type & 0x0f)
    throw input.damaged(`0x${type.toString(16)} begins no token`, input.position - 1)
  }

  #tagged(tag: number, size: number): unknown {
    const input = this.#in
    const operands = operandCounts[tag]
    if (operands === undefined || (operands !== size - 1 && !(tag === Tag.Instance && size === 2)))
      throw input.damaged("a tag is unknown or misused")
    switch (tag) {
      case Tag.Undefined:
        return undefined
      case Tag.Ref: {
        const id = input.count(this.#objects.length - 1)
        this.#graph?.refer(id)
        const object = this.#objects.at(id)
        this.#instances.standIns?.note(object, this.#holder)
        return object
      }
      case Tag.Utf16:
        return input.utf16()
      case Tag.BigInt:
        return input.bigInteger()
      case Tag.Symbol:
        return input.symbol()
      case Tag.Map:
        return this.#made(new Map(), Kind.Map)
      case Tag.Set:
        return this.#made(new Set(), Kind.Set)
      case Tag.NullObject:
        return this.#made(Object.create(null), Kind.Object)
      case Tag.Error:
        return this.#made(emptyError(input.string16()), Kind.Error)
      case Tag.Instance: {
        const { shell, isError } = this.#instances.begin(size === 2, this.#objects.length)
        this.#instances.standIns?.note(shell, this.#holder)
        return this.#made(shell, isError ? Kind.Error : Kind.Instance)
      }
      default:
        return this.#made(this.#leaves.read(tag), Kind.Leaf)
    }
  }

  /** Takes the stand-ins out of a container; answers false when keys became the same. */
  #replaceIn(id: number): boolean {
    const state = this.#instances.stateOf(this.#objects.at(id), id)
    return this.#instances.standIns!.replaceIn(state, this.#kinds.at(id))
  }

  #made(object: object, kind: number): object {
    this.#objects.push(object)
    this.#kinds.push(kind)
    return object
  }

  #fill(id: number, kind: number) {
    const target = this.#objects.at(id)
    switch (kind) {
      case Kind.Object:
        return this.#properties(target)
      case Kind.Array:
        return this.#array(target as unknown[])
      case Kind.Map:
        return this.#map(target as Map<unknown, unknown>)
      case Kind.Set:
        return this.#set(target as Set<unknown>)
      case Kind.Error: {
        const state = this.#instances.stateOf(target, id)
        this.#pairs(state, false)
        return this.#pairs(state, true)
      }
      default:
        return this.#properties(this.#instances.stateOf(target, id), true)
    }
  }

  #properties(target: object, isInstance = false): void {
    const { keys, isPlain } = this.#shape()
    if (isPlain && !isInstance) {
      for (let index = 0; index < keys.length; index++) {
        ;(target as Record<PropertyKey, unknown>)[keys[index]!] = this.#token()
      }
    } else for (const key of keys) setProperty(target, key, this.#token())
  }

  /** The shape of an object, every key of which has been counted. */
  #shape(): Shape {
    const input = this.#in
    const type = input.byte()
    if (type >= 0x90 && (type < 0xa0 || type === 0xdc || type === 0xdd))
      return this.#newShape(input.arraySize(type))
    const number = input.number(type)
    const known = number === undefined ? undefined : this.#shapes[number]
    if (known === undefined) throw input.damaged("a shape is unknown")
    this.#count(known.keys.length)
    return known
  }

  #newShape(size: number): Shape {
    this.#count(size)
    const keys: (string | symbol)[] = []
    for (let index = 0; index < size; index++) keys.push(this.#in.propertyKey())
    const isPlain = keys.every((key) => !(key in Object.prototype))
    const shape = { keys, isPlain }
    this.#shapes.push(shape)
    return shape
  }

  #array(target: unknown[]): void {
    const input = this.#in
    if (input.bytes[input.position] === 0xff) {
      input.position++
      const length = input.count(0xffffffff)
      if (length > input.limits.arrayLength) throw input.limit("arrayLength")
      // An element so far away makes of the array a table of what it has: no memory for holes.
      target[0xfffffffe] = undefined
      target.length = length
      this.#pairs(target, true)
      if (target.length !== length)
        throw input.damaged("an array has more elements than its length")
      return
    }
    const length = input.following()
    this.#count(length)
    for (let index = 0; index < length; index++) target.push(this.#token())
  }

  #map(target: Map<unknown, unknown>): void {
    const size = this.#in.following()
    this.#count(2 * size)
    for (let index = 0; index < size; index++) {
      const key = this.#token()
      target.set(key, this.#token())
    }
    if (target.size !== size) throw this.#in.damaged("a Map has the same key twice")
  }

  #set(target: Set<unknown>): void {
    const size = this.#in.following()
    this.#count(size)
    for (let index = 0; index < size; index++) target.add(this.#token())
    if (target.size !== size) throw this.#in.damaged("a Set has the same value twice")
  }

  #pairs(target: object, enumerable: boolean): void {
    // Properties, of which an array may have more than elements.
    const count = this.#in.following(Number.POSITIVE_INFINITY)
    this.#count(count)
    for (let index = 0; index < count; index++) {
      const key = this.#in.propertyKey()
      if (Array.isArray(target) && key === "length") throw this.#in.damaged("length is no property")
      setProperty(target, key, this.#token(), enumerable)
    }
  }
}

// By tag.
const operandCounts: readonly number[] = [0, 1, 1, 2, 1, 1, 0, 0, 0, 3, 1, 1, 3, 1, 4, 1]
