import { types } from "node:util"
import { homePrototype } from "@persist/core/values"
import { isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"
import { isCollection } from "./patch.ts"

/** Classes of Node's whose instances are equal when what can be seen of them is, beside those that `homePrototype` knows. */
const comparable: ReadonlySet<unknown> = new Set(
  [
    Buffer,
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError,
  ].map(({ prototype }) => prototype),
)

/**
 * A copy of the plain objects, lists, maps and sets of a value, which a patch may change; all else stays itself.
 *
 * @param copies What stands for each of them in the copy.
 * @throws TypeError for an instance of another class, which may differ from another one by what nobody sees: `#private` fields.
 */
export function copyContainers(value: unknown, copies: Map<unknown, unknown> = new Map()): unknown {
  if (typeof value !== "object" || value === null) return value
  const known = copies.get(value)
  if (known === held) throw new TypeError("What an error holds stands elsewhere too.")
  if (known !== undefined) return known
  const note = <T>(copy: T): T => {
    copies.set(value, copy)
    return copy
  }
  const inner = (one: unknown) => copyContainers(one, copies)
  if (Array.isArray(value) && isOfNoSubclass(value)) {
    const copy = note<unknown[]>([])
    // Holes stay holes.
    copy.length = value.length
    value.forEach((item, index) => {
      copy[index] = inner(item)
    })
    return copy
  }
  if (types.isMap(value)) {
    const copy = note(new Map())
    for (const [key, one] of value) copy.set(inner(key), inner(one))
    return copy
  }
  if (types.isSet(value)) {
    const copy = note(new Set())
    for (const one of value) copy.add(inner(one))
    return copy
  }
  if (types.isNativeError(value)) holdInside(value, copies)
  if (!isPlainObject(value)) return comparableOnly(value)
  const copy = note<PlainObject>(Object.getPrototypeOf(value) === null ? Object.create(null) : {})
  for (const name of Object.keys(value)) setOwn(copy, name, inner(value[name]))
  return copy
}

const held = Symbol("held by an error")

/** Errors stay themselves: what they hold is not copied, so a patch that changes it elsewhere would change it in one place alone. */
function holdInside(value: object, copies: Map<unknown, unknown>): void {
  for (const name of Object.getOwnPropertyNames(value)) {
    const inner: unknown = (value as PlainObject)[name]
    if (typeof inner !== "object" || inner === null || copies.get(inner) === held) continue
    if (copies.has(inner) || isCollection(inner)) {
      throw new TypeError("What an error holds may stand elsewhere too.")
    }
    // Neither of these is changed where it is.
    const isFixed = types.isNativeError(inner) || ArrayBuffer.isView(inner)
    if (!isFixed) copies.set(inner, held)
    if (!ArrayBuffer.isView(inner)) holdInside(inner, copies)
  }
}

function isOfNoSubclass(list: readonly unknown[]): boolean {
  const { getPrototypeOf } = Object
  return getPrototypeOf(getPrototypeOf(getPrototypeOf(list))) === null
}

function comparableOnly(value: object): object {
  if (homePrototype(value) || comparable.has(Object.getPrototypeOf(value))) return value
  throw new TypeError("Whether two instances of this class are equal, cannot be seen.")
}
