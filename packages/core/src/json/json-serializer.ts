import { invalidOption, optionsCheck } from "@persist/atomic/options"
import { Serializer } from "../serializer.ts"
import { type Limits, limitError, type ResolvedLimits, resolveLimits } from "../values/limits.ts"
import { encodeError, encoding } from "../values/path.ts"
import { requireBytes } from "../values/require-bytes.ts"
import { hasExtras } from "./bytes/has-extras.ts"
import { JsonEncoder } from "./bytes/json-encoder.ts"
import { JsonScanner } from "./json-scanner.ts"
import { type BigIntPolicy, JsonWriter } from "./json-writer.ts"
import { longInteger, parseJson } from "./parse-json.ts"
import { needsScan } from "./scan-need.ts"
import { isStrictJson } from "./strict-check.ts"
import { decodeUtf8, encodeUtf8 } from "./utf8.ts"

/** A value in bytes that may be on their way to a disk already, but must not count before `finish` has returned. */
export interface UnfinishedBytes {
  readonly bytes: Uint8Array
  /**
   * Looks for what JSON would drop, where that was not done yet. Call it before waiting for anything: later, the value
   * may be another. @throws `ERR_PERSIST_ENCODE`
   */
  readonly finish?: () => void
}

type EncodeAhead = (value: unknown) => UnfinishedBytes | undefined

// Not a static block, which bundlers would keep, and all of the class with it.
const ahead: WeakMap<Serializer, EncodeAhead> = /* @__PURE__ */ new WeakMap()

/** What encodes in two parts, where the serializer writes like `JsonSerializer` and the value before was large. */
export function aheadOf(serializer: Serializer): EncodeAhead | undefined {
  return serializer.encode === JsonSerializer.prototype.encode ? ahead.get(serializer) : undefined
}

/** Options of `JsonSerializer`. */
export interface JsonSerializerOptions {
  /** Spaces of one level, 0 to 10, or the text of one level; 0 and `""` write one line. @default 2 */
  readonly indent?: number | string | undefined
  /** Escapes every character outside ASCII. @default false */
  readonly ascii?: boolean | undefined
  /**
   * Writes what JSON cannot hold as strings instead of throwing: dates as ISO 8601, other objects as
   * their text, NaN and undefined as JSON.stringify does; reads the NaN and Infinity of Python's files.
   * @default false
   */
  readonly lenient?: boolean | undefined
  /** Writes the one form of RFC 8785 (sorted keys, no spaces), for hashes and signatures. @default false */
  readonly canonical?: boolean | undefined
  /**
   * What to do with BigInts: `"throw"`; `"string"` writes their digits as a string; `"literal"` writes
   * them as numbers and reads integers beyond 2^53 as BigInt (smaller ones stay numbers).
   * @default "throw", or "string" when lenient
   */
  readonly bigint?: BigIntPolicy | undefined
  /**
   * What to do with an object that is referred to twice: `"copy"` writes it twice, so that it comes back
   * as two equal ones; `"throw"` refuses it.
   * @default "copy"
   */
  readonly shared?: "copy" | "throw" | undefined
  /** How much a value may cost to read or write. */
  readonly limits?: Limits | undefined
}

const checkOptions = optionsCheck<JsonSerializerOptions>("JsonSerializer", {
  indent: true,
  ascii: true,
  lenient: true,
  canonical: true,
  bigint: true,
  shared: true,
  limits: true,
})

/**
 * Characters that `JSON.stringify` writes before the encoder takes over: it is faster once the engine has compiled it, and
 * slower until then, which a program that saves little would never get back. So many take the engine as long (20 ms)
 * as the encoder is slower in all.
 */
const warmUp = 2 ** 22
let writtenByEngine = 0

/**
 * JSON (RFC 8259), the default format. Strict: what JSON would drop or change throws
 * `ERR_PERSIST_ENCODE` with its path, such as `$.items[3].when`. An object that is referred to twice
 * is written twice unless `shared` says otherwise; use PickleSerializer to keep identity.
 */
export class JsonSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string = ".json"
  readonly #indent: string
  readonly #ascii: boolean
  readonly #lenient: boolean
  readonly #canonical: boolean
  readonly #bigint: BigIntPolicy
  readonly #isTree: boolean
  readonly #limits: ResolvedLimits
  readonly #isOrdinary: boolean
  #encoder: JsonEncoder | undefined

  constructor(options: JsonSerializerOptions = {}) {
    super()
    checkOptions(options)
    const { ascii = false, lenient = false, canonical = false } = options
    const { bigint = lenient ? "string" : "throw" } = options
    for (const [name, value] of Object.entries({ ascii, lenient, canonical })) {
      if (typeof value !== "boolean") throw invalidOption(name, value, "true or false")
    }
    if (!["throw", "string", "literal"].includes(bigint))
      throw invalidOption("bigint", bigint, '"throw", "string" or "literal"')
    const { shared = "copy" } = options
    if (shared !== "copy" && shared !== "throw")
      throw invalidOption("shared", shared, '"copy" or "throw"')
    if (canonical && (ascii || options.indent !== undefined))
      throw invalidOption("canonical", canonical, "true only without indent and ascii")
    this.#indent = canonical ? "" : readIndent(options.indent)
    this.#ascii = ascii
    this.#lenient = lenient
    this.#canonical = canonical
    this.#bigint = bigint
    this.#isTree = shared === "throw"
    this.#limits = resolveLimits(options.limits)
    // Lenient or not, what JSON holds is written the same.
    this.#isOrdinary = !canonical && !this.#isTree
    ahead.set(this, (value) => this.#encodeAhead(value as T))
  }

  override encode(value: T): Uint8Array {
    if (!this.#isOrdinary) return this.#encodeByWriter(value)
    if (this.#ascii || writtenByEngine <= warmUp) return this.#encodeByEngine(value)
    this.#encoder ??= new JsonEncoder(this.#indent, this.#limits, this.#bigint === "literal")
    return this.#encoder.encode(value) ?? this.#encodeAfter(this.#encoder, value)
  }

  override decode(bytes: Uint8Array): T {
    requireBytes(bytes)
    if (bytes.length > this.#limits.bytes)
      throw limitError("bytes", this.#limits, `The JSON has ${bytes.length} bytes`)
    const text = decodeUtf8(bytes, "JSON")
    const options = {
      lenient: this.#lenient,
      bigints: this.#bigint === "literal",
      limits: this.#limits,
    }
    if (needsScan(bytes, this.#limits)) new JsonScanner(text, options).scan()
    return parseJson(text, options) as T
  }

  #encodeByWriter(value: T): Uint8Array {
    return this.#toBytes(encoding("JSON", () => this.#write(value)))
  }

  #encodeAhead(value: T): UnfinishedBytes | undefined {
    const encoder = this.#encoder
    if (!this.#isOrdinary || this.#lenient || this.#ascii || !encoder?.writesMuch) return undefined
    const unsearched: object[] = []
    const bytes = encoder.encode(value, unsearched)
    if (bytes === undefined) return { bytes: this.#encodeAfter(encoder, value) }
    return { bytes, finish: () => this.#search(value, unsearched) }
  }

  /** The writer says where it is, or what else is wrong by now. */
  #search(value: T, unsearched: readonly object[]): void {
    try {
      if (!unsearched.some(hasExtras)) return
    } catch {
      // A proxy refuses to be searched.
    }
    this.#encodeByWriter(value)
    throw encodeError([], "changed while it was encoded", "save it when nothing changes it")
  }

  /** Encodes what the encoder did not: the engine refuses what is too large in half the time that the writer takes, and with less memory. */
  #encodeAfter(encoder: JsonEncoder, value: T): Uint8Array {
    return encoder.isTooMuch ? this.#encodeByEngine(value) : this.#encodeByWriter(value)
  }

  #encodeByEngine(value: T): Uint8Array {
    const text = this.#textByEngine(value)
    if (text === undefined) return this.#encodeByWriter(value)
    writtenByEngine += text.length
    return this.#toBytes(text)
  }

  /** Answers nothing where the writer must decide, or find out where something is that threw. */
  #textByEngine(value: T): string | undefined {
    try {
      if (!isStrictJson(value, this.#limits)) return undefined
      const text = JSON.stringify(value, undefined, this.#indent)
      return this.#bigint === "literal" && longInteger.test(text) ? undefined : text
    } catch {
      return undefined
    }
  }

  #toBytes(text: string): Uint8Array {
    const bytes = encodeUtf8(this.#ascii ? escapeNonAscii(text) : text)
    if (bytes.length > this.#limits.bytes) throw limitError("bytes", this.#limits, "$")
    return bytes
  }

  #write(value: unknown): string {
    return new JsonWriter({
      indent: this.#indent,
      lenient: this.#lenient,
      canonical: this.#canonical,
      bigint: this.#bigint,
      isTree: this.#isTree,
      limits: this.#limits,
    }).write(value)
  }
}

function readIndent(indent: number | string = 2): string {
  if (typeof indent === "string" && indent.length <= 10 && /^[ \t]*$/.test(indent)) return indent
  if (Number.isInteger(indent) && Number(indent) >= 0 && Number(indent) <= 10)
    return " ".repeat(Number(indent))
  throw invalidOption("indent", indent, "a whole number from 0 to 10, or up to 10 spaces and tabs")
}

function escapeNonAscii(text: string): string {
  return text.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
