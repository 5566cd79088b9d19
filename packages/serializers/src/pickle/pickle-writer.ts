import { types } from "node:util"
import {
  hasOnlyElements,
  homePrototype,
  isPlainArray,
  isPlainObject,
  type ResolvedLimits,
  unreadable,
} from "@persist/core/values"
import type { ClassRegistry } from "./class-registry.ts"
import { errorParts } from "./error-parts.ts"
import { writeFileFrame } from "./file-frame.ts"
import { Kind, Tag } from "./format.ts"
import { InstanceWriter, stateOf } from "./instance-writer.ts"
import { contentKeys, isDense } from "./keys.ts"
import { LeafWriter } from "./leaf-writer.ts"
import type { RegisteredClass } from "./pickle-class.ts"
import { changed, explainProblem, Problem, refuseDisguise } from "./problem.ts"
import { PropertyWriter } from "./property-writer.ts"
import { RevivedCheck } from "./revived-check.ts"
import { ShapeTable } from "./shape-table.ts"
import { TokenWriter } from "./token-writer.ts"
import { WriteQueue } from "./write-queue.ts"

const { getPrototypeOf, prototype: objectPrototype } = Object
const { prototype: arrayPrototype } = Array
const objectToken: object = {}
const arrayToken: readonly unknown[] = []
const mapToken: readonly unknown[] = [Tag.Map]
const setToken: readonly unknown[] = [Tag.Set]
const nullObjectToken: readonly unknown[] = [Tag.NullObject]

/** Walks a graph breadth first and writes it as the flat sequence that `format.ts` describes. */
export class PickleWriter {
  readonly #limits: ResolvedLimits
  readonly #classes: ClassRegistry
  readonly #out: TokenWriter
  readonly #leaves: LeafWriter
  readonly #instances: InstanceWriter
  readonly #propertyWriter: PropertyWriter
  readonly #shapes = new ShapeTable()
  readonly #ids = new Map<object, number>()
  readonly #queue = new WriteQueue()
  readonly #revived: RevivedCheck | undefined
  #nodes = 0

  constructor(classes: ClassRegistry, limits: ResolvedLimits) {
    this.#classes = classes
    this.#limits = limits
    this.#out = new TokenWriter(limits)
    this.#leaves = new LeafWriter(this.#out, (more) => this.#count(more))
    this.#instances = new InstanceWriter(this.#out)
    this.#propertyWriter = new PropertyWriter(this.#out, this)
    if (classes.haveRevived) this.#revived = new RevivedCheck(this.#ids, this.#queue)
  }

  write(root: unknown): Uint8Array {
    try {
      this.token(root)
      const queue = this.#queue
      let level = 0
      let levelEnd = 0
      for (let next = queue.next(); next !== undefined; next = queue.next()) {
        if (queue.place === levelEnd) {
          if (++level > this.#limits.depth) throw new Problem("", "depth")
          levelEnd = queue.length
        }
        this.#revived?.enter()
        this.#contents(next, queue.kind)
      }
      this.#revived?.refuse()
      // The offsets of views, which are tokens, are only known with the parts.
      const parts = this.#leaves.buffers.parts()
      return writeFileFrame(parts, this.#out.finish())
    } catch (error) {
      const isProblem = error instanceof Problem
      // What a getter, a proxy or a hook threw has its place in the container in progress.
      const at = (isProblem ? error.at : this.#queue.container) ?? this.#offending
      const path = this.#queue.pathTo(at)
      throw isProblem ? explainProblem(error, path, this.#limits) : unreadable(path, error)
    } finally {
      this.#out.release()
    }
  }

  /** The child in progress, to name it when it is refused. */
  #offending: unknown

  /** Writes the token of a value, and queues what it contains. */
  token(value: unknown): void {
    this.#count(1)
    this.#offending = value
    if (typeof value !== "object") this.#out.push(this.#out.primitive(value))
    else if (value === null) this.#out.push(null)
    else this.#object(value)
  }

  #count(more: number): void {
    this.#nodes += more
    if (this.#nodes > this.#limits.nodes) throw new Problem("", "nodes")
  }

  #object(value: object): void {
    const ids = this.#ids
    const id = ids.get(value)
    if (id !== undefined) {
      this.#revived?.refer(id)
      this.#out.push([Tag.Ref, id])
      return
    }
    ids.set(value, ids.size)
    const prototype = getPrototypeOf(value)
    if (prototype === objectPrototype) {
      this.#out.push(objectToken)
      this.#queue.add(value, Kind.Object)
    } else if (prototype === arrayPrototype && Array.isArray(value)) {
      this.#out.push(arrayToken)
      this.#queue.add(value, Kind.Array)
    } else this.#uncommon(value, prototype)
  }

  #uncommon(value: object, prototype: object | null): void {
    if (prototype === null) {
      refuseDisguise(value)
      this.#out.push(nullObjectToken)
      this.#queue.add(value, Kind.Object)
    } else if (prototype === Map.prototype && (value instanceof Map || types.isMap(value))) {
      this.#leaves.refuseProperties(value)
      this.#out.push(mapToken)
      this.#queue.add(value, Kind.Map)
    } else if (prototype === Set.prototype && (value instanceof Set || types.isSet(value))) {
      this.#leaves.refuseProperties(value)
      this.#out.push(setToken)
      this.#queue.add(value, Kind.Set)
    } else if (
      this.#instance(value, this.#classes.ofPrototype(prototype)) ||
      this.#leaves.write(value, prototype) ||
      this.#instance(value, this.#classes.builtInOf(prototype))
    ) {
      return
    } else if (isPlainObject(value)) {
      // Of another realm, such as a vm context.
      this.#out.push(objectToken)
      this.#queue.add(value, Kind.Object)
    } else if (Array.isArray(value) && isPlainArray(value)) {
      this.#out.push(arrayToken)
      this.#queue.add(value, Kind.Array)
    } else this.#elsewhere(value, prototype)
  }

  /** A built-in of another realm, or an error. */
  #elsewhere(value: object, prototype: object): void {
    const home = types.isNativeError(value) ? undefined : homePrototype(value)
    if (home !== undefined && home !== prototype) {
      this.#uncommon(value, home)
      return
    }
    const error = errorParts(value)
    this.#out.push([Tag.Error, error.base])
    this.#queue.add(value, Kind.Error)
  }

  #instance(value: object, registered: RegisteredClass | undefined): boolean {
    if (registered === undefined) return false
    if (registered.revive !== undefined) this.#revived?.add(registered.name)
    this.#out.push(this.#instances.token(registered))
    this.#queue.add(value, registered.isError ? Kind.Error : Kind.Instance)
    return true
  }

  #contents(value: object, kind: number) {
    switch (kind) {
      case Kind.Object:
        return this.#properties(value)
      case Kind.Array:
        return this.#array(value as unknown[])
      case Kind.Map:
        return this.#map(value as Map<unknown, unknown>)
      case Kind.Set:
        return this.#set(value as Set<unknown>)
      case Kind.Error:
        return this.#propertyWriter.error(value as Error, this.#classes.of(value) !== undefined)
      default:
        return this.#properties(stateOf(value, this.#classes.of(value)))
    }
  }

  #properties(object: object): void {
    const keys = Object.keys(object)
    const symbols = Object.getOwnPropertySymbols(object)
    if (symbols.length > 0) {
      this.#shapes.skip()
      this.#propertyWriter.withSymbols(object, keys.length + symbols.length)
      return
    }
    const shape = this.#shapes.find(keys)
    if (shape !== undefined) this.#out.push(shape.number)
    else {
      this.#out.push(keys.map((key) => this.#out.text(key)))
      this.#shapes.add(keys)
    }
    for (let index = 0; index < keys.length; index++) {
      const value = (object as Record<string, unknown>)[keys[index]!]
      if (value === undefined && !(keys[index]! in object)) throw changed(object)
      this.token(value)
    }
  }

  #array(array: readonly unknown[]): void {
    const { length } = array
    if (length > this.#limits.arrayLength) throw new Problem("", "arrayLength")
    const dense = isDense(array)
    const keys = dense && hasOnlyElements(array) ? undefined : contentKeys(array)
    if (keys === undefined || (dense && keys.length === length)) {
      this.#out.push(length)
      for (let index = 0; index < length; index++) this.token(array[index])
    } else {
      this.#out.push(-1)
      this.#out.push(length)
      this.#propertyWriter.pairs(array, keys)
    }
    if (array.length !== length) throw changed(array)
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    if (map.size > this.#limits.arrayLength) throw new Problem("", "arrayLength")
    let left = map.size
    this.#out.push(left)
    for (const [key, value] of map) {
      this.token(key)
      this.token(value)
      left--
    }
    if (left !== 0) throw changed(map)
  }

  #set(set: ReadonlySet<unknown>): void {
    if (set.size > this.#limits.arrayLength) throw new Problem("", "arrayLength")
    let left = set.size
    this.#out.push(left)
    for (const value of set) {
      this.token(value)
      left--
    }
    if (left !== 0) throw changed(set)
  }
}
