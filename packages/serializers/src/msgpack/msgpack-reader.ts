import { PersistError } from "@persist/core"
import { type Limits, limitError, type ResolvedLimits, setOwn } from "@persist/core/values"
import { MessageReader } from "../binary/message-reader.ts"
import { hasMoreDigits } from "../limits/has-more-digits.ts"
import type { MsgpackConfiguration } from "./msgpack-serializer.ts"
import { readExtension } from "./read-extension.ts"

/** A container whose children are being read without recursion. */
interface Frame {
  readonly target: unknown[] | Record<string, unknown> | Map<unknown, unknown>
  remaining: number
  key: unknown
  hasKey: boolean
}

const maximumRecursion = 200

/** Reads one value that takes all the bytes; one budget of nodes over everything that is read. */
export class MsgpackReader {
  readonly #configuration: MsgpackConfiguration
  readonly #limits: ResolvedLimits
  readonly #reader: MessageReader
  /** Whether what all objects inherit stands in the way of assignments; asked once, since keys are many. */
  readonly #isFrozen = !Object.isExtensible(Object.prototype)
  #nodes = 0

  constructor(bytes: Uint8Array, configuration: MsgpackConfiguration) {
    this.#configuration = configuration
    this.#limits = configuration.limits
    this.#reader = new MessageReader(bytes)
  }

  read(): unknown {
    this.#spend(1)
    const value = this.#value(0)
    if (this.#reader.remaining > 0) throw this.#reader.damaged("bytes follow the value")
    return value
  }

  #value(level: number): unknown {
    const reader = this.#reader
    const type = reader.byte()
    if (type < 0x80) return type
    if (type < 0x90) return this.#map(type & 0x0f, level)
    if (type < 0xa0) return this.#array(type & 0x0f, level)
    if (type < 0xc0) return this.#string(type & 0x1f)
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(reader.size(type - 0xc4))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return readExtension(reader, reader.size(type - 0xc7), this.#configuration.extensions)
      case 0xcf:
      case 0xd3:
        return this.#integer(reader.bigint(type))
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return readExtension(reader, 1 << (type - 0xd4), this.#configuration.extensions)
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(reader.size(type - 0xd9))
      case 0xdc:
      case 0xdd:
        return this.#array(reader.size(type - 0xdb), level)
      case 0xde:
      case 0xdf:
        return this.#map(reader.size(type - 0xdd), level)
      default: {
        const number = reader.number(type)
        if (number === undefined) throw reader.damaged("0xc1 is never used", reader.position - 1)
        return number
      }
    }
  }

  #integer(value: bigint): bigint | number {
    if (this.#configuration.smallIntegers) {
      const number = Number(value)
      if (Number.isSafeInteger(number)) return number
    }
    if (hasMoreDigits(value, this.#limits.bigintDigits)) throw this.#limit("bigintDigits")
    return value
  }

  #string(length: number): string {
    const text = this.#reader.string(length)
    if (text.length > this.#limits.stringLength) throw this.#limit("stringLength")
    return text
  }

  #binary(length: number): Uint8Array {
    const data = this.#reader.binary(length)
    return this.#configuration.asBuffer ? Buffer.from(data.buffer) : data
  }

  #array(length: number, level: number): unknown[] {
    this.#enterArray(length, level)
    if (level >= maximumRecursion)
      return this.#unrolled(frameOf(new Array(length), length), level) as unknown[]
    const array: unknown[] = new Array(length)
    for (let index = 0; index < length; index++) array[index] = this.#value(level + 1)
    return array
  }

  #map(size: number, level: number): object {
    this.#enterMap(size, level)
    const { asMap } = this.#configuration
    if (level >= maximumRecursion)
      return this.#unrolled(frameOf(asMap ? new Map() : {}, size), level)
    if (asMap) {
      const map = new Map<unknown, unknown>()
      for (let index = 0; index < size; index++)
        map.set(this.#value(level + 1), this.#value(level + 1))
      if (map.size < size) throw this.#sameKey()
      return map
    }
    const object: Record<string, unknown> = {}
    for (let index = 0; index < size; index++) {
      const key = this.#key()
      if (key === "__proto__" || this.#isFrozen) setOwn(object, key, this.#value(level + 1))
      else object[key] = this.#value(level + 1)
    }
    if (Object.keys(object).length < size) throw this.#sameKey()
    return object
  }

  #key(): string {
    const reader = this.#reader
    const type = reader.byte()
    if (type >= 0xa0 && type < 0xc0) {
      const key = reader.key(type & 0x1f)
      if (key.length > this.#limits.stringLength) throw this.#limit("stringLength")
      return key
    }
    if (type >= 0xd9 && type <= 0xdb) return this.#string(reader.size(type - 0xd9))
    throw new PersistError(
      "ERR_PERSIST_FORMAT",
      `The MessagePack has a map key that is no string (byte ${reader.position - 1}); read it with maps: "map".`,
    )
  }

  #unrolled(root: Frame, level: number): object {
    const stack = [root]
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      if (frame.remaining === 0) {
        stack.pop()
        continue
      }
      const child = this.#next(frame, level + stack.length)
      if (child !== undefined) stack.push(child)
    }
    return root.target
  }

  /** Reads the next child of `frame`; answers the frame of a container whose children follow. */
  #next(frame: Frame, level: number): Frame | undefined {
    const { target } = frame
    if (!Array.isArray(target) && !(target instanceof Map) && !frame.hasKey) {
      frame.key = this.#key()
      frame.hasKey = true
    }
    const opened = this.#open(level)
    const value = opened === undefined ? this.#value(level) : opened.target
    if (Array.isArray(target)) target[target.length - frame.remaining--] = value
    else if (!frame.hasKey) {
      frame.key = value
      frame.hasKey = true
    } else {
      frame.hasKey = false
      frame.remaining--
      if (target instanceof Map) {
        if (target.has(frame.key)) throw this.#sameKey()
        target.set(frame.key, value)
      } else {
        if (Object.hasOwn(target, frame.key as string)) throw this.#sameKey()
        setOwn(target, frame.key as string, value)
      }
    }
    return opened
  }

  #open(level: number): Frame | undefined {
    const reader = this.#reader
    const type = reader.bytes[reader.position] ?? 0
    const isArray = (type >= 0x90 && type < 0xa0) || type === 0xdc || type === 0xdd
    const isMap = (type >= 0x80 && type < 0x90) || type === 0xde || type === 0xdf
    if (!isArray && !isMap) return undefined
    reader.byte()
    const size = type < 0xa0 ? type & 0x0f : reader.size(isArray ? type - 0xdb : type - 0xdd)
    if (isArray) {
      this.#enterArray(size, level)
      return frameOf(new Array(size), size)
    }
    this.#enterMap(size, level)
    return frameOf(this.#configuration.asMap ? new Map() : {}, size)
  }

  /** Pays for an array before anything of it is allocated. */
  #enterArray(length: number, level: number): void {
    this.#enter(length, level)
    if (length > this.#limits.arrayLength) throw this.#limit("arrayLength")
    this.#spend(length)
  }

  /** Pays for a map; the keys of an object are no values. */
  #enterMap(size: number, level: number): void {
    this.#enter(size * 2, level)
    const { asMap } = this.#configuration
    if (asMap && size > this.#limits.arrayLength) throw this.#limit("arrayLength")
    this.#spend(asMap ? size * 2 : size)
  }

  #enter(children: number, level: number): void {
    // A length that cannot be is damage, whatever the limits.
    if (children > this.#reader.remaining) throw this.#reader.ends()
    if (level >= this.#limits.depth) throw this.#limit("depth")
  }

  #spend(nodes: number): void {
    this.#nodes += nodes
    if (this.#nodes > this.#limits.nodes) throw this.#limit("nodes")
  }

  #sameKey(): PersistError {
    return this.#reader.damaged("a map has the same key twice")
  }

  #limit(limit: keyof Limits): PersistError {
    return limitError(limit, this.#limits, `The MessagePack at byte ${this.#reader.position}`)
  }
}

function frameOf(target: Frame["target"], remaining: number): Frame {
  return { target, remaining, key: undefined, hasKey: false }
}
