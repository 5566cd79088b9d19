import type { ResolvedLimits } from "@persist/core/values"
import type { ClassRegistry } from "./class-registry.ts"
import { emptyError } from "./empty-error.ts"
import { readFileFrame } from "./file-frame.ts"
import { Kind, Tag } from "./format.ts"
import { InstanceReader } from "./instance-reader.ts"
import { LeafReader } from "./leaf-reader.ts"
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
  readonly #refs: unknown[] = []
  readonly #queue: object[] = []
  readonly #kinds: number[] = []
  readonly #shapes: Shape[] = []
  #nodes = 0

  constructor(bytes: Uint8Array, classes: ClassRegistry, limits: ResolvedLimits) {
    const { buffers, nodes } = readFileFrame(bytes, limits)
    this.#in = nodes
    this.#leaves = new LeafReader(nodes, buffers)
    this.#instances = new InstanceReader(nodes, classes)
  }

  read(): unknown {
    const root = this.#token()
    const queue = this.#queue
    let level = 0
    let levelEnd = 0
    for (let head = 0; head < queue.length; head++) {
      if (head === levelEnd) {
        if (++level > this.#in.limits.depth) throw this.#in.limit("depth")
        levelEnd = queue.length
      }
      this.#fill(queue[head]!, this.#kinds[head]!)
    }
    if (this.#in.remaining > 0) throw this.#in.damaged("bytes follow the last value")
    this.#instances.finish()
    return root
  }

  #token(): unknown {
    if (++this.#nodes > this.#in.limits.nodes) throw this.#in.limit("nodes")
    const type = this.#in.byte()
    if (type < 0x80 || type >= 0xa0) return this.#in.scalar(type)
    if (type === 0x80) return this.#made({}, Kind.Object)
    if (type === 0x90) return this.#made([], Kind.Array)
    if (type > 0x90) return this.#tagged(this.#in.byte(), type & 0x0f)
    throw this.#in.damaged(`0x${type.toString(16)} begins no token`)
  }

  #tagged(tag: number, size: number): unknown {
    const input = this.#in
    const operands = operandCounts[tag]
    if (operands === undefined || (operands !== size - 1 && !(tag === Tag.Instance && size === 2)))
      throw input.damaged(`tag ${tag} is unknown or misused`)
    switch (tag) {
      case Tag.Undefined:
        return undefined
      case Tag.Ref: {
        const id = input.count(this.#refs.length - 1)
        return this.#refs[id]
      }
      case Tag.Utf16:
        return input.utf16()
      case Tag.BigInt:
        return input.bigInteger()
      case Tag.Symbol:
        return Symbol.for(input.string16())
      case Tag.Map:
        return this.#made(new Map(), Kind.Map)
      case Tag.Set:
        return this.#made(new Set(), Kind.Set)
      case Tag.NullObject:
        return this.#made(Object.create(null), Kind.Object)
      case Tag.Error:
        return this.#made(emptyError(input.string16()), Kind.Error)
      case Tag.Instance: {
        const { shell, isError } = this.#instances.begin(size === 2)
        return this.#made(shell, isError ? Kind.Error : Kind.Instance)
      }
      default: {
        // A boxed primitive may hold tokens itself, but no object.
        const leaf = this.#leaves.read(tag)
        this.#refs.push(leaf)
        return leaf
      }
    }
  }

  #made(shell: object, kind: number): object {
    this.#refs.push(shell)
    this.#queue.push(shell)
    this.#kinds.push(kind)
    return shell
  }

  #fill(target: object, kind: number) {
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
        const state = this.#instances.stateOf(target)
        this.#pairs(state, false)
        return this.#pairs(state, true)
      }
      default:
        return this.#properties(this.#instances.stateOf(target), true)
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

  #shape(): Shape {
    const input = this.#in
    const type = input.byte()
    if (type < 0x90 || (type >= 0xa0 && type !== 0xdc && type !== 0xdd)) {
      const number = input.number(type)
      const known = number === undefined ? undefined : this.#shapes[number]
      if (known === undefined) throw input.damaged("a shape is unknown")
      return known
    }
    const size = input.arraySize(type)
    if (size > input.remaining) throw input.ends()
    this.#nodes += size
    const keys: (string | symbol)[] = []
    for (let index = 0; index < size; index++) keys.push(input.propertyKey())
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
      target.length = length
      this.#pairs(target, true)
      if (target.length !== length)
        throw input.damaged("an array has more elements than its length")
      return
    }
    const length = input.following()
    for (let index = 0; index < length; index++) target.push(this.#token())
  }

  #map(target: Map<unknown, unknown>): void {
    const size = this.#in.following()
    for (let index = 0; index < size; index++) {
      const key = this.#token()
      target.set(key, this.#token())
    }
    if (target.size !== size) throw this.#in.damaged("a Map has the same key twice")
  }

  #set(target: Set<unknown>): void {
    const size = this.#in.following()
    for (let index = 0; index < size; index++) target.add(this.#token())
    if (target.size !== size) throw this.#in.damaged("a Set has the same value twice")
  }

  #pairs(target: object, enumerable: boolean): void {
    const count = this.#in.following()
    for (let index = 0; index < count; index++) {
      const key = this.#in.propertyKey()
      if (Array.isArray(target) && key === "length") throw this.#in.damaged("length is no property")
      setProperty(target, key, this.#token(), enumerable)
    }
  }
}

const operandCounts: Readonly<Record<number, number>> = {
  [Tag.Undefined]: 0,
  [Tag.Ref]: 1,
  [Tag.Utf16]: 1,
  [Tag.BigInt]: 2,
  [Tag.Symbol]: 1,
  [Tag.Date]: 1,
  [Tag.Map]: 0,
  [Tag.Set]: 0,
  [Tag.NullObject]: 0,
  [Tag.RegExp]: 3,
  [Tag.Url]: 1,
  [Tag.Error]: 1,
  [Tag.Instance]: 3,
  [Tag.ArrayBuffer]: 1,
  [Tag.View]: 4,
  [Tag.Boxed]: 1,
}
