import { runInNewContext } from "node:vm"
import { JsonSerializer, type Serializer } from "@persist/core"
import { describe, expect, test, vi } from "vitest"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { codeOf, failure } from "./failure.ts"
import { difference } from "./same-graph.ts"

const msgpack = new MsgpackSerializer()
const pickle = new PickleSerializer()
const all: readonly Serializer[] = [new JsonSerializer(), msgpack, new YamlSerializer(), pickle]

/** An array that has one element more every time the first is looked at. */
function growing(): unknown[] {
  const array: unknown[] = [0, 1]
  const get = () => array.push(1)
  return Object.defineProperty(array, 0, { get, enumerable: true, configurable: true })
}

/** A map with an entry whose key adds one whenever its prototype is asked for. */
function growingMap(): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>()
  const getPrototypeOf = () => {
    if (map.size < 10) map.set(map.size, 1)
    return Object.prototype
  }
  return map.set(new Proxy({}, { getPrototypeOf }), 1)
}

/** A set with a member that adds one whenever its prototype is asked for. */
function growingSet(): Set<unknown> {
  const set = new Set<unknown>()
  const getPrototypeOf = () => {
    if (set.size < 10) set.add(set.size)
    return Object.prototype
  }
  return set.add(new Proxy({}, { getPrototypeOf }))
}

describe("values that change while they are written", () => {
  test("are refused, and never written so that they cannot be read", () => {
    const mapped = new MsgpackSerializer({ maps: "map" })
    for (const serializer of [msgpack, mapped, pickle])
      expect(codeOf(() => serializer.encode([growing()]))).toBe("ERR_PERSIST_ENCODE")
    expect(failure(() => pickle.encode([growing()]))).toMatchObject({ details: { path: "$[0]" } })
    let deep: unknown = growing()
    for (let level = 0; level < 300; level++) deep = [deep]
    for (const serializer of [msgpack, mapped])
      expect(codeOf(() => serializer.encode(deep))).toBe("ERR_PERSIST_ENCODE")
    expect(codeOf(() => pickle.encode(growingMap()))).toBe("ERR_PERSIST_ENCODE")
    expect(codeOf(() => pickle.encode(new Set([growingMap()])))).toBe("ERR_PERSIST_ENCODE")
    expect(codeOf(() => pickle.encode([growingSet()]))).toBe("ERR_PERSIST_ENCODE")
  })

  test("an object that loses a property is refused by all that hold undefined, or do not", () => {
    const losing = () => {
      const object = {
        get a() {
          Reflect.deleteProperty(object, "b")
          return 1
        },
        b: 2,
      }
      return object
    }
    for (const serializer of [msgpack, new YamlSerializer(), pickle])
      expect(codeOf(() => serializer.encode([losing()]))).toBe("ERR_PERSIST_ENCODE")
    expect(failure(() => pickle.encode([losing()]))).toMatchObject({ details: { path: "$[0]" } })
  })
})

describe("values that throw when they are read", () => {
  const boom = (thrown: unknown) => ({
    get b() {
      throw thrown
    },
  })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  test.each<[string, unknown, RegExp]>([
    ["a getter", [1, { a: boom(new TypeError("boom")) }], /^\$\[1\]\.a(\.b)?$/],
    ["a getter, deep down", [Array(3).fill(boom(undefined))], /^\$\[0\]\[0\](\.b)?$/],
    ["a getter at the root", boom(Object.create(null)), /^\$(\.b)?$/],
    ["a revoked proxy", { a: [1, proxy] }, /^\$\.a(\[1\])?$/],
    ["a proxy of what has contents", { a: [new Proxy(new Date(5), {})] }, /^\$\.a/],
  ])("%s is named by every format", (_name, value, path) => {
    for (const serializer of all) {
      const error = failure(() => serializer.encode(value))
      expect(error.code).toBe("ERR_PERSIST_ENCODE")
      expect(error.details?.path).toMatch(path)
    }
  })
})

test("where the stack ends, no format says that the value cannot be held", () => {
  const endless = {
    get self(): unknown {
      return this.self
    },
  }
  for (const serializer of all) {
    const error = failure(() => serializer.encode([endless]))
    expect(error.code).toBe("ERR_PERSIST_LIMIT")
    expect(error.message).toMatch(/^\$\[0\].*a getter that calls itself/)
  }
})

describe("what only looks like plain data", () => {
  const argumentsOf = (...list: unknown[]) =>
    function (this: unknown) {
      // biome-ignore lint/complexity/noArguments: it is what is tested
      return arguments
    }.apply(undefined, list as never)
  const bare = (value: object): object => Object.setPrototypeOf(value, null)
  test.each<[string, unknown]>([
    ["arguments", argumentsOf(1, 2)],
    ["Math", Math],
    ["JSON", JSON],
    ["Atomics", Atomics],
    ["a Date without a prototype", bare(new Date(5))],
    ["a Map without a prototype", bare(new Map([[1, 2]]))],
    ["an array without a prototype", bare([1])],
    ["an error without a prototype", bare(new Error("x"))],
    ["a namespace", Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: "Module" })],
  ])("%s is refused by every format", (_name, value) => {
    for (const serializer of all)
      expect(codeOf(() => serializer.encode([value]))).toBe("ERR_PERSIST_ENCODE")
  })

  test("MessagePack refuses bytes that others can change or that are gone", () => {
    const gone = new Uint8Array([1, 2, 3])
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    for (const value of [gone, new Uint8Array(new SharedArrayBuffer(3))])
      for (const serializer of [msgpack, pickle])
        expect(codeOf(() => serializer.encode([value]))).toBe("ERR_PERSIST_ENCODE")
  })
})

describe("what is of another realm, as in a vm context", () => {
  const foreign = runInNewContext(`({
    when: new Date(5), map: new Map([["a", new Set([1])]]), pattern: /x/g, bytes: new Uint8Array([1, 2, 3]),
    floats: new Float64Array([1.5]), buffer: new ArrayBuffer(2), view: new DataView(new ArrayBuffer(3), 1),
    number: Object(1), text: Object("ab"), flag: Object(false), big: Object(5n), symbol: Object(Symbol.for("s")),
  })`) as Record<string, unknown>

  test("comes back from a pickle as what it is here", () => {
    const here = {
      when: new Date(5),
      map: new Map([["a", new Set([1])]]),
      pattern: /x/g,
      bytes: new Uint8Array([1, 2, 3]),
      floats: new Float64Array([1.5]),
      buffer: new ArrayBuffer(2),
      view: new DataView(new ArrayBuffer(3), 1),
      number: Object(1),
      text: Object("ab"),
      flag: Object(false),
      big: Object(5n),
      symbol: Object(Symbol.for("s")),
    }
    expect(difference(pickle.decode(pickle.encode(foreign)), here)).toBeUndefined()
    expect(pickle.encode(foreign)).toEqual(pickle.encode(here))
  })

  test("comes back from MessagePack where that holds it", () => {
    const mapped = new MsgpackSerializer({ maps: "map" })
    const { when, bytes } = foreign
    expect(
      difference(msgpack.decode(msgpack.encode([when, bytes])), [
        new Date(5),
        new Uint8Array([1, 2, 3]),
      ]),
    ).toBeUndefined()
    let deep: unknown = runInNewContext('new Map([["a", new Map([[1, 2]])]])')
    const shallow = mapped.decode(mapped.encode(deep))
    expect(difference(shallow, new Map([["a", new Map([[1, 2]])]]))).toBeUndefined()
    for (let level = 0; level < 300; level++) deep = [deep]
    let back = mapped.decode(mapped.encode(deep))
    for (let level = 0; level < 300; level++) [back] = back as [unknown]
    expect(difference(back, shallow)).toBeUndefined()
  })

  test("is refused all the same when it is of a class", () => {
    for (const code of ["Date", "Map", "Set", "Uint8Array", "RegExp"].map(
      (name) => `class ${name}2 extends ${name} {}; new ${name}2()`,
    ))
      for (const serializer of all)
        expect(codeOf(() => serializer.encode([runInNewContext(code)]))).toBe("ERR_PERSIST_ENCODE")
    class Same extends Date {}
    Object.defineProperty(Same, "name", { value: "Date" })
    for (const serializer of all)
      expect(codeOf(() => serializer.encode([new Same(5)]))).toBe("ERR_PERSIST_ENCODE")
  })

  test("is saved by the class that was registered for it", () => {
    const own = new PickleSerializer().register({
      class: Date,
      save: (date) => ({ at: date.getTime() + 1 }),
      create: () => new Date(0),
      restore: (date, { at }) => void date.setTime(Number(at)),
    })
    expect(own.decode(own.encode([foreign.when]))).toEqual([new Date(6)])
  })
})

test("dates keep their time while a test has replaced the clock, and after", () => {
  const real = new Date(5)
  const lenient = new JsonSerializer({ lenient: true })
  const written = (serializer: Serializer, date: Date) =>
    new Date((serializer.decode(serializer.encode([date])) as [Date])[0]).getTime()
  const fresh = [msgpack, pickle, lenient]
  vi.useFakeTimers()
  let faked: Date
  try {
    faked = new Date(6)
    fresh.push(new MsgpackSerializer())
    for (const serializer of fresh)
      expect([written(serializer, real), written(serializer, faked)]).toEqual([5, 6])
  } finally {
    vi.useRealTimers()
  }
  for (const serializer of fresh)
    expect([written(serializer, real), written(serializer, faked)]).toEqual([5, 6])
})

test("a date is written as the time that it is, whatever it says", () => {
  const date = Object.defineProperty(new Date(5), "getTime", { value: () => 77 })
  for (const serializer of [msgpack, pickle])
    expect(serializer.decode(serializer.encode(date))).toEqual(new Date(5))
})

describe("what says something else of itself than it is", () => {
  const saying = <T extends object>(made: T, name: string, value: unknown): T =>
    Object.defineProperty(made, name, { value })

  test.each<[string, object, object]>([
    ["a pattern's source", saying(/a/g, "source", "b"), /a/g],
    ["a pattern's flags", saying(/a/, "flags", "g"), /a/],
    ["one flag of a pattern", saying(/a/m, "global", true), /a/m],
    ["a URL's address", saying(new URL("http://a/"), "href", "http://b/"), new URL("http://a/")],
    ["a boxed number", saying(Object(1), "valueOf", () => 5), Object(1)],
    ["a boxed string", saying(Object("ab"), "valueOf", () => "cd"), Object("ab")],
  ])("is written as it is: %s", (_name, made, plain) => {
    expect(difference(pickle.decode(pickle.encode(made)), plain)).toBeUndefined()
  })

  test("is refused where it is memory", () => {
    const memory = () => new Uint8Array(new ArrayBuffer(16), 8, 3)
    const longer = saying(memory(), "length", 5)
    expect(codeOf(() => msgpack.encode([longer]))).toBe("ERR_PERSIST_ENCODE")
    const block = saying(new ArrayBuffer(8), "byteLength", 3)
    const refused = [
      longer,
      saying(memory(), "byteOffset", 0),
      saying(memory(), "buffer", new ArrayBuffer(1)),
      saying(new DataView(new ArrayBuffer(9)), "byteLength", 3),
      block,
      new Uint8Array(block),
    ]
    for (const value of refused)
      expect(codeOf(() => pickle.encode([value]))).toBe("ERR_PERSIST_ENCODE")
  })
})

test("MessagePack refuses what an array has beside elements that it hides", () => {
  for (const extra of ["x", "-1", "01", "1.5", "4294967295", Symbol.for("x")]) {
    const array = Object.defineProperties([1, 2], {
      0: { enumerable: false },
      1: { enumerable: false },
    })
    expect(msgpack.decode(msgpack.encode(array))).toEqual([1, 2])
    Object.defineProperty(array, extra, { value: 5, enumerable: true })
    expect(codeOf(() => msgpack.encode([array]))).toBe("ERR_PERSIST_ENCODE")
  }
})

describe("a pickle keeps or refuses what hides", () => {
  test("elements of an array that are not enumerable are kept or refused", () => {
    for (const length of [2, 9]) {
      const array = Array.from({ length }, (_, index) => index)
      Object.defineProperty(array, 1, { enumerable: false })
      Object.defineProperty(array, "hidden", { value: 1 })
      const bytes = pickle.encode(array)
      expect(difference(pickle.decode(bytes), array.slice())).toBeUndefined()
      expect(pickle.encode(array.slice())).toEqual(bytes)
    }
  })

  test("a prototype with a method of Object.prototype's is not one", () => {
    const prototype = Object.assign(Object.create(null), { isPrototypeOf: () => true })
    const value = Object.assign(Object.create(prototype), { a: 1 })
    for (const serializer of all)
      expect(codeOf(() => serializer.encode([value]))).toBe("ERR_PERSIST_ENCODE")
    const foreign = runInNewContext("({ a: { b: [1] } })")
    for (const serializer of all)
      expect(serializer.decode(serializer.encode(foreign))).toEqual({ a: { b: [1] } })
  })

  test("an object or error that loses a property while it is written, with a symbol among its keys too", () => {
    const losing = (target: object) =>
      Object.defineProperties(target, {
        first: {
          get: () => Reflect.deleteProperty(target, "second"),
          enumerable: true,
        },
        second: { value: 1, enumerable: true, configurable: true },
      })
    for (const target of [{}, { [Symbol.for("x")]: 1 }, new Error("x")]) {
      const error = failure(() => pickle.encode([losing(target)]))
      expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$[0]" } })
    }
  })

  test("symbols on boxed primitives", () => {
    for (const value of [Object("a"), Object(5)]) {
      value[Symbol.for("x")] = 1
      expect(failure(() => pickle.encode([value]))).toMatchObject({ details: { path: "$[0]" } })
    }
  })

  test("the whole of a buffer that is as long as Node's pool but is not it", () => {
    const pooled = Buffer.from("pooled")
    const poolSize = pooled.buffer.byteLength
    const own = new Uint8Array(new ArrayBuffer(poolSize), 8, 16)
    const back = pickle.decode(pickle.encode(own)) as Uint8Array
    expect([back.byteOffset, back.buffer.byteLength]).toEqual([8, poolSize])
    const view = new Uint8Array(pooled.buffer, pooled.byteOffset, pooled.length)
    expect((pickle.decode(pickle.encode(view)) as Uint8Array).buffer.byteLength).toBeLessThan(16)
  })

  test("the class of a built-in error of another realm", () => {
    const back = pickle.decode(
      pickle.encode(runInNewContext('[new TypeError("x"), new Error("y")]')),
    )
    expect(back).toEqual([new TypeError("x"), new Error("y")])
    expect((back as Error[]).map(Object.getPrototypeOf)).toEqual([
      TypeError.prototype,
      Error.prototype,
    ])
  })

  test.runIf("SuppressedError" in globalThis)("the errors of a SuppressedError", () => {
    const Suppressed = (globalThis as unknown as Record<string, new (...args: unknown[]) => object>)
      .SuppressedError!
    const value = new Suppressed(new Error("a"), new TypeError("b"), "c")
    expect(difference(value, pickle.decode(pickle.encode(value)))).toBeUndefined()
  })
})
