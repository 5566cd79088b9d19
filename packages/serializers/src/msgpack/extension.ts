import { invalidOption, optionsCheck } from "@persist/core/options"
import { datePrototype, homePrototype } from "@persist/core/values"

/** A type of values that MessagePack holds as an extension. */
export interface MsgpackExtension<T extends object = object> {
  /** The application's number for it, -128 to 127; -1 replaces the timestamps of the specification. */
  readonly type: number
  /** Values whose prototype is this class's are written by `encode`. */
  readonly class: abstract new (
    ...args: never[]
  ) => T
  readonly encode: (value: T) => Uint8Array
  readonly decode: (data: Uint8Array) => T
}

const checkExtension = optionsCheck<MsgpackExtension>("MsgpackSerializer: extensions[]", {
  type: true,
  class: true,
  encode: true,
  decode: true,
})

/** The extensions of one serializer, by type and by prototype. */
export class ExtensionRegistry {
  readonly #byType = new Map<number, MsgpackExtension>()
  readonly #byPrototype = new Map<object, MsgpackExtension>()

  /** `native` are the classes that are written without any extension. */
  constructor(extensions: readonly MsgpackExtension[], native: readonly object[]) {
    for (const extension of extensions) this.#add(extension, native)
    if (this.#byType.has(timestamp.type)) return
    this.#byType.set(timestamp.type, timestamp as MsgpackExtension)
    // Dates may have an extension of the caller's; timestamps of others are read all the same.
    if (!this.#byPrototype.has(datePrototype))
      this.#byPrototype.set(datePrototype, timestamp as MsgpackExtension)
  }

  #add(extension: MsgpackExtension, native: readonly object[]): void {
    if (typeof extension !== "object" || extension === null)
      throw invalidOption("extensions[]", extension, "an object with a type and a class")
    checkExtension(extension)
    const { type, class: subject, encode, decode } = extension
    if (!Number.isInteger(type) || type < -128 || type > 127)
      throw invalidOption("extensions[].type", type, "a whole number from -128 to 127")
    if (this.#byType.has(type)) throw invalidOption("extensions[].type", type, "each type once")
    for (const [name, part] of Object.entries({ class: subject, encode, decode })) {
      if (typeof part !== "function")
        throw invalidOption(`extensions[].${name}`, part, "a function")
    }
    if (typeof subject.prototype !== "object")
      throw invalidOption("extensions[].class", subject, "a class")
    if (this.#byPrototype.has(subject.prototype))
      throw invalidOption("extensions[].class", subject, "each class once")
    if (native.includes(subject.prototype))
      throw invalidOption("extensions[].class", subject, "none that MessagePack has a form for")
    this.#byType.set(type, extension)
    this.#byPrototype.set(subject.prototype, extension)
  }

  ofType(type: number): MsgpackExtension | undefined {
    return this.#byType.get(type)
  }

  ofValue(value: object): MsgpackExtension | undefined {
    const extension = this.#byPrototype.get(Object.getPrototypeOf(value))
    if (extension !== undefined) return extension
    const home = homePrototype(value)
    return home && this.#byPrototype.get(home)
  }
}

// A date may have one of its own, which tells another time than comes back.
const { getTime } = Date.prototype

const timestamp: MsgpackExtension<Date> = {
  type: -1,
  class: Date,
  encode(date) {
    const time = getTime.call(date)
    if (Number.isNaN(time)) throw new RangeError("it is an invalid Date")
    if (isMore(date)) throw new RangeError("it has properties of its own")
    const seconds = Math.floor(time / 1000)
    const nanoseconds = (time - seconds * 1000) * 1_000_000
    if (seconds >= 0 && seconds < 2 ** 34) {
      if (nanoseconds === 0 && seconds < 2 ** 32) return uint32(seconds)
      const high = nanoseconds * 4 + Math.floor(seconds / 2 ** 32)
      return Buffer.concat([uint32(high), uint32(seconds >>> 0)])
    }
    const bytes = Buffer.alloc(12)
    bytes.writeUInt32BE(nanoseconds, 0)
    bytes.writeBigInt64BE(BigInt(seconds), 4)
    return bytes
  },
  decode(data) {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.length)
    let seconds: number
    let nanoseconds = 0
    if (bytes.length === 4) seconds = bytes.readUInt32BE(0)
    else if (bytes.length === 8) {
      const high = bytes.readUInt32BE(0)
      seconds = (high % 4) * 2 ** 32 + bytes.readUInt32BE(4)
      nanoseconds = Math.floor(high / 4)
    } else if (bytes.length === 12) {
      nanoseconds = bytes.readUInt32BE(0)
      seconds = Number(bytes.readBigInt64BE(4))
    } else throw new RangeError(`a timestamp has ${bytes.length} bytes`)
    if (nanoseconds >= 1e9) throw new RangeError("a timestamp has a second of nanoseconds or more")
    if (nanoseconds % 1_000_000 !== 0)
      throw new RangeError(
        "a timestamp is finer than the milliseconds of a Date; give an extension of type -1 to read it",
      )
    const date = new Date(seconds * 1000 + nanoseconds / 1_000_000)
    if (Number.isNaN(date.getTime())) throw new RangeError("a timestamp is out of a Date's range")
    return date
  },
}

/** Whether a date has properties of its own that would be lost; those of fake clocks have a hidden one. */
function isMore(date: Date): boolean {
  return Object.keys(date).length > 0 || Object.getOwnPropertySymbols(date).length > 0
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
