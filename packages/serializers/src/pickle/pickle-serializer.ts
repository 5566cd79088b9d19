import { Serializer } from "@persist/core"
import { invalidOption, optionsCheck } from "@persist/core/options"
import {
  encoding,
  type Limits,
  limitError,
  type ResolvedLimits,
  requireBytes,
  resolveLimits,
} from "@persist/core/values"
import { ClassRegistry } from "./class-registry.ts"
import type { PickleClass } from "./pickle-class.ts"
import { PickleReader } from "./pickle-reader.ts"
import { PickleWriter } from "./pickle-writer.ts"

/** Options of `PickleSerializer`. */
export interface PickleSerializerOptions {
  /** The classes whose instances may be stored; of any other, writing and reading throw. */
  readonly classes?: readonly PickleClass[] | undefined
  /** How much a value may cost to read or write. */
  readonly limits?: Limits | undefined
}

const checkOptions = optionsCheck<PickleSerializerOptions>("PickleSerializer", {
  classes: true,
  limits: true,
})

/**
 * The whole graph of a value: every built-in data type, shared references, cycles, and instances of
 * the classes registered with this serializer. Reading never runs code of the file: a class is only
 * found by its name in this serializer's list. What cannot be held, functions for one, throws
 * `ERR_PERSIST_ENCODE` with its path. Depth is bounded by memory, not by the stack.
 */
export class PickleSerializer<T = unknown> extends Serializer<T> {
  readonly fileExtension: string = ".pkl"
  readonly #classes = new ClassRegistry()
  readonly #limits: ResolvedLimits

  constructor(options: PickleSerializerOptions = {}) {
    super()
    checkOptions(options)
    const { classes = [] } = options
    if (!Array.isArray(classes)) throw invalidOption("classes", classes, "an array")
    for (const entry of classes) this.#classes.add(entry)
    this.#limits = resolveLimits(options.limits)
  }

  /**
   * Adds a class, as the option `classes` does; answers this serializer.
   *
   * @throws `ERR_PERSIST_INVALID_OPTION` for a name or class that is there already.
   */
  register<Instance extends object>(entry: PickleClass<Instance>): this {
    this.#classes.add(entry)
    return this
  }

  override encode(value: T): Uint8Array {
    const writer = new PickleWriter(this.#classes, this.#limits)
    const bytes = encoding("a pickle", () => writer.write(value))
    if (bytes.length > this.#limits.bytes) throw limitError("bytes", this.#limits, "$")
    return bytes
  }

  /**
   * Turns bytes back into the graph.
   *
   * @throws `ERR_PERSIST_DECODE`, `ERR_PERSIST_LIMIT`; `ERR_PERSIST_UNKNOWN_CLASS` for a class that is
   * not registered; `ERR_PERSIST_NEWER` for a version from the future, `ERR_PERSIST_MIGRATION` when an
   * upgrade step is missing or fails.
   */
  override decode(bytes: Uint8Array): T {
    requireBytes(bytes)
    if (bytes.length > this.#limits.bytes)
      throw limitError("bytes", this.#limits, `The pickle has ${bytes.length} bytes`)
    // What others can change between the check of a token and its reading is read from a copy.
    const own = bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes
    return new PickleReader(own, this.#classes, this.#limits).read() as T
  }
}
