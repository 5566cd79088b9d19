import { Tag, viewKinds } from "./format.ts"
import type { TokenReader } from "./token-reader.ts"

type ViewConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView

/** Reads the objects that `LeafWriter` writes. */
export class LeafReader {
  readonly #in: TokenReader
  readonly #buffers: readonly ArrayBuffer[]

  constructor(input: TokenReader, buffers: readonly ArrayBuffer[]) {
    this.#in = input
    this.#buffers = buffers
  }

  /** The object of a token whose count of operands was checked. */
  read(token: readonly unknown[]): object {
    switch (token[0]) {
      case Tag.Date:
        return new Date(this.#in.float(token[1]))
      case Tag.RegExp:
        return this.#regexp(token)
      case Tag.Url:
        return this.#url(token)
      case Tag.ArrayBuffer:
        return this.#buffer(token[1])
      case Tag.View:
        return this.#view(token)
      default:
        return this.#boxed(token)
    }
  }

  #regexp(token: readonly unknown[]): RegExp {
    const input = this.#in
    if (!input.limits.regexps) throw input.limit("regexps")
    const source = input.string16(token[1])
    const flags = input.string16(token[2])
    const lastIndex = input.float(token[3])
    try {
      const pattern = new RegExp(source, flags)
      pattern.lastIndex = lastIndex
      return pattern
    } catch (cause) {
      // The message has the whole pattern in it.
      throw input.damaged((cause as Error).message.slice(0, 200))
    }
  }

  #url(token: readonly unknown[]): URL {
    const address = this.#in.string16(token[1])
    if (!URL.canParse(address)) throw this.#in.damaged("a URL is none")
    return new URL(address)
  }

  #buffer(value: unknown): ArrayBuffer {
    const index = this.#in.count(value, this.#buffers.length - 1)
    return this.#buffers[index]!
  }

  #view(token: readonly unknown[]): ArrayBufferView {
    const input = this.#in
    const name = viewKinds[input.count(token[1], viewKinds.length - 1)]!
    const buffer = this.#buffer(token[2])
    const offset = input.count(token[3], Number.MAX_SAFE_INTEGER)
    const length = input.count(token[4], Number.MAX_SAFE_INTEGER)
    try {
      if (name === "Buffer")
        return Buffer.from(buffer, offset, requireWithin(buffer, offset, length))
      const made = (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name]
      if (made !== undefined) return new made(buffer, offset, length)
    } catch {
      throw input.damaged("a view does not fit its buffer")
    }
    throw input.damaged(`this version of Node has no ${name}`)
  }

  #boxed(token: readonly unknown[]): object {
    const input = this.#in
    const value = token[1]
    if (typeof value === "string") return Object(input.text(value)) as object
    if (typeof value === "bigint") return Object(input.integer(value)) as object
    if (typeof value !== "object") return Object(value) as object
    if (Array.isArray(value)) {
      const [tag, first, second] = value
      if (tag === Tag.Utf16 && value.length === 2) return Object(input.utf16(first)) as object
      if (tag === Tag.Symbol && value.length === 2) return Object(input.symbol(first)) as object
      if (tag === Tag.BigInt && value.length === 3)
        return Object(input.bigInteger(first, second)) as object
    }
    throw input.damaged("a boxed primitive is none")
  }
}

/** Buffer.from cuts a range to what is there; a pickle that asks for more is damaged. */
function requireWithin(buffer: ArrayBuffer, offset: number, length: number): number {
  if (offset < 0 || offset + length > buffer.byteLength) throw new RangeError("out of the buffer")
  return length
}
