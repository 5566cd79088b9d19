import { isPlainObject } from "@persist/core/values"
import { errorParts } from "./error-parts.ts"
import { visibleKeys } from "./keys.ts"
import { changed, refuseDisguise } from "./problem.ts"
import type { TokenWriter } from "./token-writer.ts"

/** Writes the properties of what is seldom: objects with symbols, errors, arrays that are more than a list. */
export class PropertyWriter {
  readonly #out: TokenWriter
  readonly #values: { token(value: unknown): void }

  /** `values` writes what the properties hold. */
  constructor(out: TokenWriter, values: { token(value: unknown): void }) {
    this.#out = out
    this.#values = values
  }

  /** The keys of an object that has `count` of them, seen or not, and its values. */
  withSymbols(object: object, count: number): void {
    const keys = visibleKeys(object)
    // Only arguments, namespaces such as Math, and their like hide symbols.
    if (keys.length < count && isPlainObject(object)) refuseDisguise(object)
    this.#out.push(keys.map((key) => this.#out.key(key)))
    for (const key of keys) this.#value(object, key)
  }

  /** Of an error: what is hidden, then what is enumerable. */
  error(error: Error, isRegistered: boolean): void {
    const { hidden } = errorParts(error, isRegistered)
    this.#out.push(hidden.length)
    for (const [key, value] of hidden) {
      this.#out.push(this.#out.text(key))
      this.#values.token(value)
    }
    this.pairs(error, visibleKeys(error))
  }

  /** A count of properties, and every key and value. */
  pairs(object: object, keys: readonly (string | symbol)[]): void {
    this.#out.push(keys.length)
    for (const key of keys) {
      this.#out.push(this.#out.key(key))
      this.#value(object, key)
    }
  }

  #value(object: object, key: PropertyKey): void {
    const value = (object as Record<PropertyKey, unknown>)[key]
    if (value === undefined && !(key in object)) throw changed(object)
    this.#values.token(value)
  }
}
