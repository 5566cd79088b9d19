import { types } from "node:util"
import { datePrototype, describeValue } from "@persist/core/values"
import { hasOwnPlace, hasProperties } from "../binary/view-properties.ts"
import { BufferTable } from "./buffer-table.ts"
import { Exact } from "./engine.ts"
import { Tag, viewKinds } from "./format.ts"
import { visibleKeys } from "./keys.ts"
import { patternNodes } from "./pattern-nodes.ts"
import { Problem } from "./problem.ts"
import type { TokenWriter } from "./token-writer.ts"

// A date or an address may have one of its own, which tells something else than comes back.
const { getTime } = Date.prototype
const { toString: addressOf } = URL.prototype

const viewKindByPrototype: ReadonlyMap<object, number> = new Map(
  viewKinds.flatMap((name, kind) => {
    const made = (globalThis as Record<string, unknown>)[name]
    return typeof made === "function" ? [[made.prototype as object, kind] as const] : []
  }),
)

/** Writes objects that contain no others: dates, patterns, addresses, buffers and their views, boxed primitives. */
export class LeafWriter {
  readonly buffers: BufferTable = new BufferTable()
  readonly #out: TokenWriter
  readonly #count: (nodes: number) => void

  /** `count` is told of values that cost more to read than one. */
  constructor(out: TokenWriter, count: (nodes: number) => void) {
    this.#out = out
    this.#count = count
  }

  /** Answers false when `value` is none of these. */
  write(value: object, prototype: object): boolean {
    const out = this.#out
    if (prototype === datePrototype && types.isDate(value)) {
      this.refuseProperties(value)
      out.push([Tag.Date, out.number(getTime.call(value))])
      return true
    }
    if (ArrayBuffer.isView(value)) return this.#view(value, prototype)
    if (types.isAnyArrayBuffer(value)) return this.#buffer(value, prototype)
    if (prototype === RegExp.prototype && types.isRegExp(value)) return this.#regexp(value)
    if (prototype === URL.prototype) {
      this.refuseProperties(value)
      out.push([Tag.Url, out.text(addressOf.call(value))])
      return true
    }
    return types.isBoxedPrimitive(value) && this.#boxed(value, prototype)
  }

  /** A property on an object whose form has no room for one would be lost. */
  refuseProperties(value: object): void {
    if (isBare(value) || visibleKeys(value).length === 0) return
    throw new Problem(`is ${describeValue(value)} with properties of its own`)
  }

  #regexp(pattern: RegExp): boolean {
    this.refuseProperties(pattern)
    if (typeof pattern.lastIndex !== "number")
      throw new Problem("has a lastIndex that is no number")
    const out = this.#out
    const { lastIndex } = pattern
    const { source, flags } = asMade(pattern)
    this.#count(patternNodes(source, flags))
    out.push([Tag.RegExp, out.text(source), out.text(flags), out.number(lastIndex)])
    return true
  }

  #buffer(value: ArrayBufferLike, prototype: object): boolean {
    if (prototype !== ArrayBuffer.prototype) return false
    this.refuseProperties(value)
    this.#refuseOwnPlace(value)
    const buffer = plainBuffer(value)
    this.#out.push([Tag.ArrayBuffer, this.buffers.whole(buffer)])
    return true
  }

  #view(view: ArrayBufferView, prototype: object): boolean {
    const kind = viewKindByPrototype.get(prototype)
    if (kind === undefined) return false
    this.#refuseViewProperties(view)
    plainBuffer(view.buffer)
    const length = types.isDataView(view) ? view.byteLength : (view as Uint8Array).length
    const index = this.buffers.seenBy(view as ArrayBufferView<ArrayBuffer>)
    const offset = Exact.float(view.byteOffset)
    if (this.buffers.isOffsetOpen(view.buffer, offset)) this.#out.hold()
    this.#out.push([Tag.View, kind, index, offset, length])
    return true
  }

  #refuseViewProperties(view: ArrayBufferView): void {
    this.#refuseOwnPlace(view)
    this.#refuseOwnPlace(view.buffer)
    if (types.isDataView(view)) {
      this.refuseProperties(view)
      return
    }
    if (!hasProperties(view as Uint8Array)) return
    throw new Problem(`is ${describeValue(view)} with properties of its own`)
  }

  #refuseOwnPlace(memory: object): void {
    if (hasOwnPlace(memory))
      throw new Problem(`is ${describeValue(memory)} with properties of its own`)
  }

  #boxed(value: object, prototype: object): boolean {
    const primitive: unknown = prototype.valueOf.call(value)
    const expected = Object.getPrototypeOf(Object(primitive))
    if (prototype !== expected) return false
    const characters = typeof primitive === "string" ? primitive.length : 0
    if (visibleKeys(value).length > characters)
      throw new Problem(`is ${describeValue(value)} with properties of its own`)
    this.#out.push([Tag.Boxed, this.#out.primitive(primitive)])
    return true
  }
}

/** A pattern without properties of its own, hidden ones too, by which it would pass for another. */
function asMade(pattern: RegExp): RegExp {
  return Object.getOwnPropertyNames(pattern).length === 1 ? pattern : new RegExp(pattern)
}

/** Whether nothing can be found on an object; of the ways to ask, the quickest. */
function isBare(value: object): boolean {
  for (const _key in value) return false
  return Object.getOwnPropertySymbols(value).length === 0
}

function plainBuffer(buffer: ArrayBufferLike): ArrayBuffer {
  // Not by instanceof: test runners give their contexts another ArrayBuffer than that of their views.
  if (types.isSharedArrayBuffer(buffer)) throw new Problem("is on shared memory, which is not data")
  if (buffer.detached) throw new Problem("is on a detached ArrayBuffer")
  if (buffer.resizable) throw new Problem("is on a resizable ArrayBuffer")
  return buffer
}
