const bits = /* @__PURE__ */ new Float64Array(1)
const halves = /* @__PURE__ */ new Int32Array(bits.buffer)
const identities = /* @__PURE__ */ new WeakMap<object, number>()
let lastIdentity = 0

/** A 32-bit number for any key, the same for equal keys, spread evenly. Objects are told apart by identity. */
export function hash(key: unknown): number {
  switch (typeof key) {
    case "string":
      return hashString(key)
    case "number":
      if (Number.isInteger(key) && key === (key | 0)) return mix(key)
      bits[0] = key
      return mix(halves[0]! ^ mix(halves[1]!))
    case "object":
    case "function":
      return key === null ? 1 : mix(identity(key) ^ 0x5bd1e995)
    case "symbol":
      return hashString(key.description ?? "")
    default:
      return hashString(`${typeof key} ${key}`)
  }
}

/** Spreads the bits of an integer (the finalizer of MurmurHash3). */
export function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

function hashString(text: string): number {
  let state = 0x811c9dc5 ^ text.length
  for (let at = 0; at < text.length; at++)
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  return mix(state)
}

function identity(key: object): number {
  let id = identities.get(key)
  if (id === undefined) {
    id = ++lastIdentity
    identities.set(key, id)
  }
  return id
}
