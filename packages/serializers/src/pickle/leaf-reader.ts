import { PersistError } from "@persist/core"
import { Tag, viewKinds } from "./format.ts"
import { patternNodes } from "./pattern-nodes.ts"
import type { TokenReader } from "./token-reader.ts"

type ViewConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView

/** Reads the objects that `LeafWriter` writes. */
export class LeafReader {
  readonly #in: TokenReader
  readonly #buffers: readonly ArrayBuffer[]
  readonly #count: (nodes: number) => void

  /** `count` is asked for room for values that cost more to read than one. */
  constructor(input: TokenReader, buffers: readonly ArrayBuffer[], count: (nodes: number) => void) {
    this.#in = input
    this.#buffers = buffers
    this.#count = count
  }

  /** The object of a tag whose count of operands was checked. */
  read(tag: number): object {
    switch (tag) {
      case Tag.Date:
        return new Date(this.#in.float())
      case Tag.RegExp:
        return this.#regexp()
      case Tag.Url:
        return this.#url()
      case Tag.ArrayBuffer:
        return this.#buffer()
      case Tag.View:
        return this.#view()
      default:
        return this.#boxed()
    }
  }

  #regexp(): RegExp {
    const input = this.#in
    if (!input.limits.regexps) throw input.limit("regexps")
    const source = input.string16()
    const flags = input.string16()
    const lastIndex = input.float()
    this.#count(patternNodes(source, flags))
    try {
      const pattern = new RegExp(source, flags)
      pattern.lastIndex = lastIndex
      return pattern
    } catch (cause) {
      throw unknownHere("regular expression", cause)
    }
  }

  #url(): URL {
    const address = this.#in.string16()
    try {
      return new URL(address)
    } catch (cause) {
      throw unknownHere("URL", cause)
    }
  }

  #buffer(): ArrayBuffer {
    const index = this.#in.count(this.#buffers.length - 1)
    return this.#buffers[index]!
  }

  #view(): ArrayBufferView {
    const input = this.#in
    const name = viewKinds[input.count(viewKinds.length - 1)]!
    const made = (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name]
    if (made === undefined) throw unknownHere(name)
    const buffer = this.#buffer()
    const offset = input.count(Number.MAX_SAFE_INTEGER)
    const length = input.count(Number.MAX_SAFE_INTEGER)
    try {
      if (name === "Buffer")
        return Buffer.from(buffer, offset, requireWithin(buffer, offset, length))
      return new made(buffer, offset, length)
    } catch (cause) {
      throw input.damaged("a view does not fit its buffer", input.position, cause)
    }
  }

  #boxed(): object {
    const primitive = this.#primitive()
    if (primitive === null || primitive === undefined)
      throw this.#in.damaged("a boxed primitive is none")
    return Object(primitive) as object
  }

  #primitive(): unknown {
    const input = this.#in
    const type = input.byte()
    if (type !== 0x92 && type !== 0x93) return input.scalar(type)
    const tag = input.byte()
    if (tag === Tag.Utf16 && type === 0x92) return input.utf16()
    if (tag === Tag.Symbol && type === 0x92) return input.symbol()
    return tag === Tag.BigInt && type === 0x93 ? input.bigInteger() : undefined
  }
}

/**
 * The error for what this engine has not, or understands otherwise than the one that wrote it: a later
 * version of Node may read it. It is no damage, for which an older value would take the place of this one.
 */
function unknownHere(what: string, cause?: unknown): PersistError {
  // Messages have the whole pattern in them.
  const why = cause === undefined ? "" : `: ${(cause as Error).message.slice(0, 200)}`
  return new PersistError(
    "ERR_PERSIST_NEWER",
    `The pickle holds a ${what} that is unknown to Node ${process.version}${why}. Read it with a later version of Node.`,
    { cause },
  )
}

/** Buffer.from cuts a range to what is there; a pickle that asks for more is damaged. */
function requireWithin(buffer: ArrayBuffer, offset: number, length: number): number {
  if (offset < 0 || offset + length > buffer.byteLength) throw new RangeError("out of the buffer")
  return length
}
