import { types } from "node:util"
import {
  hasOnlyElements,
  homePrototype,
  isPlainArray,
  isPlainObject,
  unfoldedLimit,
  unreadable,
} from "@persist/core/values"
import { hasMore } from "./array-extras.ts"
import { bigintRefusal } from "./bigint-refusal.ts"
import { explainRefusal, pathToUnreadable, type Refusal } from "./explain-refusal.ts"
import { writeLeaf } from "./leaf-writer.ts"
import { MessageWriter } from "./message-writer.ts"
import type { MsgpackConfiguration } from "./msgpack-serializer.ts"
import { Frame, KeyOf } from "./writer-frame.ts"

// Shallow values are written by recursion, which is fastest; deeper ones with a stack of frames.
const maximumRecursion = 200
const twice: Refusal = {
  problem: "is an object that was already written elsewhere, and would come back as two",
}
const changed: Refusal = { problem: "is or follows what changed while it was written" }
const unfoldedCheckpoint = 2 ** 20

/**
 * Writes one value. Keeps no path: what is refused is known by its number in the order of writing,
 * and a second walk finds where that is.
 */
export class MsgpackWriter {
  readonly #configuration: MsgpackConfiguration
  readonly #writer = new MessageWriter()
  /** The limit; until so many are written that shared objects may unfold beyond it, a checkpoint. */
  #maximumNodes: number
  readonly #maximumLength: number
  readonly #seen = new Set<object>()
  #root: unknown
  #nodes = 0

  constructor(configuration: MsgpackConfiguration) {
    this.#configuration = configuration
    this.#maximumNodes = Math.min(configuration.limits.nodes, unfoldedCheckpoint)
    this.#maximumLength = configuration.limits.stringLength
  }

  write(root: unknown): Uint8Array {
    this.#root = root
    let refusal: Refusal | undefined
    try {
      refusal = this.#value(root, 0)
    } catch (cause) {
      throw unreadable(pathToUnreadable(root, this.#nodes + 1), cause)
    }
    if (refusal === undefined) return this.#writer.finish()
    this.#writer.release()
    throw explainRefusal(root, this.#nodes, refusal, this.#configuration)
  }

  /** Answers why the value could not be written; undefined when it was. */
  #value(value: unknown, level: number): Refusal | undefined {
    if (++this.#nodes > this.#maximumNodes) {
      const refusal = this.#passCheckpoint()
      if (refusal !== undefined) return refusal
    }
    switch (typeof value) {
      case "string":
        return this.#string(value)
      case "number":
        this.#number(value)
        return
      case "boolean":
        this.#writer.boolean(value)
        return
      case "bigint":
        return this.#bigint(value)
      case "object":
        if (value !== null) return this.#object(value, level)
        this.#writer.nil()
        return
      default:
        return { value }
    }
  }

  /** Shared objects can unfold to more than any limit; that is found before all up to the limit is written. */
  #passCheckpoint(): Refusal | undefined {
    const { limits } = this.#configuration
    const limit = this.#nodes > limits.nodes ? "nodes" : unfoldedLimit(this.#root, limits)
    this.#maximumNodes = limits.nodes
    return limit === undefined ? undefined : { limit }
  }

  #string(text: string): Refusal | undefined {
    if (text.length > this.#maximumLength) return { limit: "stringLength" }
    if (!this.#writer.string(text)) return { problem: "has a lone surrogate" }
    return
  }

  #number(value: number): void {
    if (
      this.#configuration.smallIntegers &&
      Number.isSafeInteger(value) &&
      (value > 0xffffffff || value < -0x80000000)
    )
      this.#writer.bigint(BigInt(value))
    else this.#writer.number(value)
  }

  #bigint(value: bigint): Refusal | undefined {
    const refusal = bigintRefusal(value, this.#configuration)
    if (refusal === undefined) this.#writer.bigint(value)
    return refusal
  }

  #object(value: object, level: number): Refusal | undefined {
    if (this.#configuration.isTree && !this.#isFirst(value)) return twice
    const isArray = Array.isArray(value)
    if (!isArray && (this.#configuration.asMap || !isPlainObject(value))) {
      if (!this.#configuration.asMap || !types.isMap(value))
        return writeLeaf(value, this.#writer, this.#configuration)
    }
    if (level >= this.#configuration.limits.depth) return { limit: "depth" }
    if (level >= maximumRecursion) return this.#unrolled(value, level)
    if (isArray) return this.#array(value, level + 1)
    if (this.#configuration.asMap) return this.#map(value as Map<unknown, unknown>, level + 1)
    return this.#plain(value, level + 1)
  }

  #array(array: readonly unknown[], level: number): Refusal | undefined {
    const refusal = this.#openArray(array)
    if (refusal !== undefined) return refusal
    const { length } = array
    for (let index = 0; index < length; index++) {
      const refusal = this.#value(array[index], level)
      if (refusal !== undefined) return refusal
    }
    return array.length === length ? undefined : changed
  }

  #plain(object: object, level: number): Refusal | undefined {
    const keys = Object.keys(object)
    const refusal = this.#openObject(object, keys.length)
    if (refusal !== undefined) return refusal
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!
      const refusal =
        this.#string(key) ?? this.#value((object as Record<string, unknown>)[key], level)
      if (refusal !== undefined) return refusal
    }
    return
  }

  #map(map: ReadonlyMap<unknown, unknown>, level: number): Refusal | undefined {
    const refusal = this.#openMap(map)
    if (refusal !== undefined) return refusal
    let left = map.size
    for (const [key, value] of map) {
      const refusal = this.#value(key, level) ?? this.#value(value, level)
      if (refusal !== undefined) return refusal
      left--
    }
    return left === 0 ? undefined : changed
  }

  #unrolled(value: object, level: number): Refusal | undefined {
    const stack: Frame[] = []
    // A cycle comes round again soon, and is noticed here long before it has filled the depth allowed.
    const open = new Set<object>([value])
    let refusal = this.#open(value, stack)
    while (refusal === undefined) {
      const frame = stack.at(-1)
      if (frame === undefined) return
      if (frame.index === frame.length) {
        if (frame.children.length !== frame.length) return changed
        open.delete(frame.container)
        stack.pop()
        continue
      }
      const child = frame.children[frame.index++]
      if (child instanceof KeyOf) refusal = this.#string(child.key)
      else if (!this.#isContainer(child)) refusal = this.#value(child, level)
      else {
        if (++this.#nodes > this.#maximumNodes) refusal = this.#passCheckpoint()
        if (this.#configuration.isTree && !this.#isFirst(child)) return twice
        if (open.has(child) || level + stack.length >= this.#configuration.limits.depth)
          return { limit: "depth" }
        open.add(child)
        refusal ??= this.#open(child, stack)
      }
    }
    return refusal
  }

  #isFirst(value: object): boolean {
    if (this.#seen.has(value)) return false
    this.#seen.add(value)
    return true
  }

  #isContainer(value: unknown): value is object {
    if (typeof value !== "object" || value === null) return false
    if (Array.isArray(value)) return true
    return this.#configuration.asMap ? types.isMap(value) : isPlainObject(value)
  }

  #open(value: object, stack: Frame[]): Refusal | undefined {
    if (Array.isArray(value)) {
      const refusal = this.#openArray(value)
      stack.push(new Frame(value, value))
      return refusal
    }
    if (this.#configuration.asMap) {
      const map = value as Map<unknown, unknown>
      stack.push(new Frame(map, [...map].flat()))
      return this.#openMap(map)
    }
    const entries = Object.entries(value)
    stack.push(
      new Frame(
        value,
        entries.flatMap(([key, child]) => [new KeyOf(key), child]),
      ),
    )
    return this.#openObject(value, entries.length)
  }

  #openArray(array: readonly unknown[]): Refusal | undefined {
    if (array.length > this.#configuration.limits.arrayLength) return { limit: "arrayLength" }
    if (!isPlainArray(array)) return { value: array }
    // A hole is refused as what it reads as when its turn comes.
    if (!hasOnlyElements(array) && hasMore(array))
      return { problem: "is an array with properties of its own" }
    this.#writer.arrayHeader(array.length)
    return
  }

  #openObject(object: object, size: number): Refusal | undefined {
    this.#writer.mapHeader(size)
    if (Object.getOwnPropertySymbols(object).length === 0) return
    return { problem: "has a property whose key is a symbol" }
  }

  #openMap(map: ReadonlyMap<unknown, unknown>): Refusal | undefined {
    if (map.size > this.#configuration.limits.arrayLength) return { limit: "arrayLength" }
    const { prototype } = Map
    const isPlain = Object.getPrototypeOf(map) === prototype || homePrototype(map) === prototype
    if (!isPlain || Reflect.ownKeys(map).length > 0) return { value: map }
    this.#writer.mapHeader(map.size)
    return
  }
}
