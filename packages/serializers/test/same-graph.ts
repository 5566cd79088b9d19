import { types } from "node:util"

/** Where two graphs differ; undefined when nowhere. Keeps its own stack. */
export function difference(left: unknown, right: unknown): string | undefined {
  const there = new Map<object, object>()
  const back = new Map<object, object>()
  const pending: [unknown, unknown, string][] = [[left, right, "$"]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [a, b, path] = next
    if (!isObject(a) || !isObject(b)) {
      if (!Object.is(a, b)) return `${path}: ${String(a)} and ${String(b)}`
      continue
    }
    const known = there.get(a)
    if (known !== undefined || back.has(b)) {
      if (known !== b || back.get(b) !== a) return `${path}: identity`
      continue
    }
    there.set(a, b)
    back.set(b, a)
    const problem = compareObjects(a, b, path, pending)
    if (problem !== undefined) return `${path}: ${problem}`
  }
  return undefined
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

function compareObjects(
  a: object,
  b: object,
  path: string,
  pending: [unknown, unknown, string][],
): string | undefined {
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return "prototypes"
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return "tags"
  if (types.isNativeError(a) !== types.isNativeError(b)) return "error slots"
  if (a instanceof Date && !Object.is(a.getTime(), (b as Date).getTime())) return "times"
  if (a instanceof RegExp && String(a) !== String(b)) return "patterns"
  if (a instanceof URL && a.href !== (b as URL).href) return "addresses"
  if (/ (URLSearchParams|Temporal\.\w+)\]$/.test(Object.prototype.toString.call(a)))
    return String(a) === String(b) ? undefined : "texts"
  if (types.isBoxedPrimitive(a)) pending.push([a.valueOf(), b.valueOf(), `${path}.valueOf()`])
  if (a instanceof ArrayBuffer) {
    if (!Buffer.from(a).equals(Buffer.from(b as ArrayBuffer))) return "bytes"
  } else if (ArrayBuffer.isView(a)) {
    const view = b as ArrayBufferView
    if (Reflect.ownKeys(a).length !== Reflect.ownKeys(b).length) return "keys"
    if (a.byteLength !== view.byteLength) return "lengths"
    if (Buffer.isBuffer(a)) return a.equals(b as Buffer) ? undefined : "bytes"
    if (a.byteOffset !== view.byteOffset) return "offsets"
    pending.push([a.buffer, view.buffer, `${path}.buffer`])
    return undefined
  }
  if (a instanceof Map || a instanceof Set) {
    const [one, other] = [[...a].flat(), [...(b as Set<unknown>)].flat()]
    if (one.length !== other.length) return "sizes"
    for (const [index, child] of one.entries())
      pending.push([child, other[index], `${path}<${index}>`])
  }
  return compareProperties(a, b, path, pending)
}

function compareProperties(
  a: object,
  b: object,
  path: string,
  pending: [unknown, unknown, string][],
): string | undefined {
  const keys = Reflect.ownKeys(a)
  const others = Reflect.ownKeys(b)
  // The order of an error's hidden properties is nothing that a program meets.
  if (types.isNativeError(a)) for (const list of [keys, others]) list.sort()
  if (keys.length !== others.length || keys.some((key, index) => key !== others[index]))
    return `keys ${keys.map(String)} and ${others.map(String)}`
  for (const key of keys) {
    const one = Object.getOwnPropertyDescriptor(a, key)!
    const other = Object.getOwnPropertyDescriptor(b, key)!
    if (one.enumerable !== other.enumerable) return `enumerability of ${String(key)}`
    const values = [a, b].map((object) => (object as Record<PropertyKey, unknown>)[key])
    pending.push([values[0], values[1], `${path}.${String(key)}`])
  }
  return undefined
}
