import { types } from "node:util"
import { describeValue } from "@persist/core/values"
import { hasProperties } from "../message-pack/view-properties.ts"
import { BufferTable } from "./buffer-table.ts"
import { Tag, viewKinds } from "./format.ts"
import { Problem } from "./problem.ts"
import type { TokenWriter } from "./token-writer.ts"

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

  constructor(out: TokenWriter) {
    this.#out = out
  }

  /** Answers false when `value` is none of these. */
  write(value: object, prototype: object): boolean {
    const out = this.#out
    if (prototype === Date.prototype && types.isDate(value)) {
      this.refuseProperties(value)
      out.tag(Tag.Date, 1)
      out.number(value.getTime())
      return true
    }
    if (ArrayBuffer.isView(value)) return this.#view(value, prototype)
    if (types.isAnyArrayBuffer(value)) return this.#buffer(value, prototype)
    if (prototype === RegExp.prototype && types.isRegExp(value)) return this.#regexp(value)
    if (prototype === URL.prototype) {
      this.refuseProperties(value)
      out.tag(Tag.Url, 1)
      out.text((value as URL).href)
      return true
    }
    return types.isBoxedPrimitive(value) && this.#boxed(value, prototype)
  }

  /** A property on an object whose form has no room for one would be lost. */
  refuseProperties(value: object): void {
    if (Object.keys(value).length === 0 && Object.getOwnPropertySymbols(value).length === 0) return
    throw new Problem(`is ${describeValue(value)} with properties of its own`)
  }

  #regexp(pattern: RegExp): boolean {
    this.refuseProperties(pattern)
    if (typeof pattern.lastIndex !== "number")
      throw new Problem("has a lastIndex that is no number")
    this.#out.tag(Tag.RegExp, 3)
    this.#out.text(pattern.source)
    this.#out.text(pattern.flags)
    this.#out.number(pattern.lastIndex)
    return true
  }

  #buffer(value: ArrayBufferLike, prototype: object): boolean {
    if (prototype !== ArrayBuffer.prototype) return false
    this.refuseProperties(value)
    const buffer = plainBuffer(value)
    this.#out.tag(Tag.ArrayBuffer, 1)
    this.#out.number(this.buffers.whole(buffer))
    return true
  }

  #view(view: ArrayBufferView, prototype: object): boolean {
    const kind = viewKindByPrototype.get(prototype)
    if (kind === undefined) return false
    plainBuffer(view.buffer)
    this.#refuseViewProperties(view)
    const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length
    this.#out.tag(Tag.View, 4)
    this.#out.number(kind)
    this.#out.number(this.buffers.seenBy(view as ArrayBufferView<ArrayBuffer>))
    this.#out.float(view.byteOffset)
    this.buffers.offsetAt(view.buffer, this.#out.position - 8)
    this.#out.number(length)
    return true
  }

  #refuseViewProperties(view: ArrayBufferView): void {
    if (view instanceof DataView) {
      this.refuseProperties(view)
      return
    }
    if (!hasProperties(view as Uint8Array)) return
    throw new Problem(`is ${describeValue(view)} with properties of its own`)
  }

  #boxed(value: object, prototype: object): boolean {
    const primitive = value.valueOf()
    const expected = Object.getPrototypeOf(Object(primitive))
    if (prototype !== expected) return false
    const keys = Object.keys(value).length - (typeof primitive === "string" ? primitive.length : 0)
    if (keys > 0) throw new Problem(`is ${describeValue(value)} with properties of its own`)
    this.#out.tag(Tag.Boxed, 1)
    this.#out.primitive(primitive)
    return true
  }
}

function plainBuffer(buffer: ArrayBufferLike): ArrayBuffer {
  if (!(buffer instanceof ArrayBuffer)) throw new Problem("is on shared memory, which is not data")
  if (buffer.detached) throw new Problem("is on a detached ArrayBuffer")
  if (buffer.resizable) throw new Problem("is on a resizable ArrayBuffer")
  return buffer
}
