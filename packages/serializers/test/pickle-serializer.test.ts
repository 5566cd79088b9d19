import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { PickleSerializer, type PickleState } from "../src/pickle/index.ts"
import { codeOf, failure } from "./failure.ts"
import { goldenClasses, goldenGraph } from "./golden/graph.ts"
import { difference } from "./same-graph.ts"

const plain = new PickleSerializer()
const copy = <T>(value: T, serializer = plain) => serializer.decode(serializer.encode(value)) as T

class Account {
  owner: string
  #balance: number
  constructor(owner: string, balance: number) {
    this.owner = owner
    this.#balance = balance
  }
  get balance(): number {
    return this.#balance
  }
  set balance(value: number) {
    this.#balance = value
  }
}

describe("PickleSerializer, classes", () => {
  test("an unregistered class throws on encode with its path, an unknown name on decode", () => {
    const error = failure(() => plain.encode({ list: [new Account("a", 1)] }))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$.list[0]" } })
    const bytes = new PickleSerializer({ classes: [{ class: Account }] }).encode(
      new Account("a", 1),
    )
    expect(codeOf(() => plain.decode(bytes))).toBe("ERR_PERSIST_UNKNOWN_CLASS")
  })

  test("registries belong to their serializer", () => {
    class Account {}
    const other = new PickleSerializer().register({ class: Account })
    const bytes = other.encode(new Account())
    expect(other.decode(bytes)).toBeInstanceOf(Account)
    expect(codeOf(() => plain.decode(bytes))).toBe("ERR_PERSIST_UNKNOWN_CLASS")
  })

  test("hooks carry private state, and cycles through it", () => {
    const serializer = new PickleSerializer().register({
      class: Account,
      save: (account) => ({ owner: account.owner, balance: account.balance }),
      create: () => new Account("", 0),
      restore: (account, state) => {
        account.owner = state.owner as string
        account.balance = state.balance as number
      },
    })
    const account = new Account("me", 7)
    const back = copy({ list: [account, account] }, serializer)
    expect(back.list[0]).toBe(back.list[1])
    expect(back.list[0]!.balance).toBe(7)
  })

  test("older versions pass through every step; a missing step and a newer version throw", () => {
    class User {
      name = "old"
    }
    const first = new PickleSerializer({ classes: [{ class: User, name: "user" }] })
    const bytes = first.encode({ user: new User() })
    const upgrades = {
      1: ({ name, ...rest }: PickleState) => ({ ...rest, first: name }),
      2: (state: PickleState) => ({ ...state, last: "added" }),
    }
    const third = new PickleSerializer({
      classes: [{ class: User, name: "user", version: 3, upgrades }],
    })
    const { user } = third.decode(bytes) as { user: object }
    expect(user).toBeInstanceOf(User)
    expect({ ...user }).toEqual({ first: "old", last: "added" })
    const gap = new PickleSerializer({ classes: [{ class: User, name: "user", version: 2 }] })
    expect(codeOf(() => gap.decode(bytes))).toBe("ERR_PERSIST_MIGRATION")
    expect(codeOf(() => first.decode(third.encode(user)))).toBe("ERR_PERSIST_NEWER")
  })

  test("a setter of the class is not called by reading", () => {
    let calls = 0
    class Trap {
      set value(_value: unknown) {
        calls++
      }
    }
    const trap = Object.defineProperty(new Trap(), "value", { value: 1, enumerable: true })
    const back = copy(trap, new PickleSerializer({ classes: [{ class: Trap }] }))
    expect(calls).toBe(0)
    expect(Object.getOwnPropertyDescriptor(back, "value")?.value).toBe(1)
  })

  test.each([
    { class: 1 },
    { class: (() => class {})() },
    { class: Account, version: 0 },
    { class: Account, upgrades: { 1: () => ({}) } },
    { class: Account, verson: 1 },
    { class: class Dictionary extends Map {} },
  ])("refuses to register %o", (entry) => {
    expect(codeOf(() => new PickleSerializer({ classes: [entry as never] }))).toBe(
      "ERR_PERSIST_INVALID_OPTION",
    )
  })
})

test("more properties, elements and entries than 16 bits can count", () => {
  const names = Array.from({ length: 70_000 }, (_, index) => `k${index}`)
  const pairs = names.map((name, index) => [name, index] as const)
  const value = {
    object: Object.fromEntries(pairs),
    names,
    map: new Map(pairs),
    set: new Set(names),
  }
  const back = copy(value)
  expect(Object.keys(back.object)).toEqual(names)
  expect(back.object.k69999).toBe(69_999)
  expect(back.names).toEqual(names)
  expect([...back.map]).toEqual(pairs)
  expect([...back.set]).toEqual(names)
})

describe("PickleSerializer, buffers", () => {
  test("refuses one that is detached", () => {
    const view = new Uint8Array(8)
    structuredClone(view.buffer, { transfer: [view.buffer] })
    expect(failure(() => plain.encode({ view })).message).toContain("$.view is on a detached")
    expect(failure(() => plain.encode([view.buffer])).message).toContain("$[0] is on a detached")
  })

  test("views share their buffer again", () => {
    const buffer = new ArrayBuffer(16)
    const back = copy({ a: new Uint8Array(buffer, 8), b: new Float64Array(buffer), buffer })
    back.b[1] = 1.5
    expect(back.a[0]! | back.a[6]!).not.toBe(0)
    expect(back.a.buffer).toBe(back.buffer)
    expect(back.a.byteOffset).toBe(8)
  })

  test("a small Buffer does not take the pool along, nor its place in it", () => {
    const one = plain.encode(Buffer.from("hello"))
    expect(one.length).toBeLessThan(60)
    Buffer.from("something else in the pool")
    expect(plain.encode(Buffer.from("hello"))).toEqual(one)
    expect(copy(Buffer.from("hello")).buffer.byteLength).toBe(5)
    const pooled = Buffer.from("0123456789")
    const [whole, part] = copy([pooled, pooled.subarray(2, 5)])
    whole![3] = 0x21
    expect(part!.toString()).toBe("2!4")
  })

  test("what is written is only what was asked for", () => {
    const bytes = plain.encode(1)
    expect(bytes.buffer.byteLength).toBe(bytes.length)
    const data = new Uint8Array(100)
    const decoded = plain.decode(plain.encode(data)) as Uint8Array
    expect(decoded.buffer.byteLength).toBe(100)
  })

  test.each([
    ["shared memory", new Uint8Array(new SharedArrayBuffer(8))],
    ["a resizable buffer", new ArrayBuffer(8, { maxByteLength: 16 })],
    ["a class of its own", new (class Pixels extends Uint8Array {})(4)],
  ])("refuses %s", (_name, value) => {
    expect(codeOf(() => plain.encode({ value }))).toBe("ERR_PERSIST_ENCODE")
  })
})

describe("PickleSerializer, limits", () => {
  const nested = [[[1]]]
  const cases: [limit: string, value: unknown, limits: object][] = [
    ["depth", nested, { depth: 2 }],
    ["nodes", [1, 2, 3], { nodes: 3 }],
    ["stringLength", ["abcd"], { stringLength: 3 }],
    ["stringLength", ["\ud800bcd"], { stringLength: 3 }],
    ["arrayLength", [1, 2, 3], { arrayLength: 2 }],
    ["arrayLength", new Set([1, 2, 3]), { arrayLength: 2 }],
    ["arrayLength", Object.assign([], { length: 4_000_000_000 }), {}],
    ["bigintDigits", 10n ** 100n, { bigintDigits: 60 }],
    ["bytes", "abcdef", { bytes: 10 }],
  ]
  test.each(cases)("%s holds for encode and decode", (limit, value, limits) => {
    const bounded = new PickleSerializer({ limits })
    const open = new PickleSerializer({ limits: { arrayLength: Number.POSITIVE_INFINITY } })
    const bytes = open.encode(value)
    for (const run of [() => bounded.encode(value), () => bounded.decode(bytes)]) {
      expect(failure(run)).toMatchObject({ code: "ERR_PERSIST_LIMIT", details: { limit } })
    }
    expect(difference(open.decode(bytes), value)).toBe(undefined)
  })

  test("regular expressions are read by permission", () => {
    const careful = new PickleSerializer({ limits: { regexps: false } })
    expect(codeOf(() => careful.decode(plain.encode([/(a+)+$/])))).toBe("ERR_PERSIST_LIMIT")
  })
})

describe("PickleSerializer, what only a later Node knows", () => {
  /** The bytes of `value`, with another text of the same length in them. */
  function altered(value: unknown, text: string, other: string): Buffer {
    const bytes = Buffer.from(plain.encode(value))
    bytes.write(other, bytes.indexOf(text), "latin1")
    return bytes
  }

  test.each([
    ["a pattern", altered(/(?:a)b/, "(?:a)b", "(?~a)b")],
    ["flags", altered(/a/gi, "gi", "ga")],
    ["a URL", altered(new URL("http://a.b/"), "http://a.b/", "http://a:b/")],
  ])("%s is no damage, for which an older value would be taken", (_, bytes) => {
    const error = failure(() => plain.decode(bytes))
    expect([error.code, error.message]).toEqual([
      "ERR_PERSIST_NEWER",
      expect.stringMatching(/Node v/),
    ])
  })

  test("a kind of array is no damage either", () => {
    const name = "BigUint64Array"
    const known = Object.getOwnPropertyDescriptor(globalThis, name)!
    const bytes = plain.encode(new BigUint64Array(2))
    try {
      Reflect.deleteProperty(globalThis, name)
      expect(codeOf(() => plain.decode(bytes))).toBe("ERR_PERSIST_NEWER")
    } finally {
      Object.defineProperty(globalThis, name, known)
    }
  })
})

describe("PickleSerializer, golden files", () => {
  const directory = join(import.meta.dirname, "golden")
  const files = readdirSync(directory).filter((name) => name.endsWith(".pkl"))

  test("there is one of every format version", () => {
    expect(files).toEqual(["version-1.pkl"])
  })

  test.each(files)("%s loads as it was saved", (name) => {
    const golden = new PickleSerializer({ classes: goldenClasses })
    const value = golden.decode(readFileSync(join(directory, name)))
    expect(difference(value, goldenGraph())).toBe(undefined)
  })

  test("the newest is what is written today", () => {
    const golden = new PickleSerializer({ classes: goldenClasses })
    const bytes = readFileSync(join(directory, "version-1.pkl"))
    expect(Buffer.from(golden.encode(goldenGraph()))).toEqual(bytes)
  })

  test("a file of a later version says so", () => {
    const bytes = plain.encode(1)
    bytes[16] = 2
    expect(codeOf(() => plain.decode(bytes))).toBe("ERR_PERSIST_NEWER")
  })
})

test("a pickle that ends in its first bytes is told from another format", () => {
  const pickle = new PickleSerializer()
  const whole = pickle.encode({ a: 1 })
  for (const length of [0, 1, 4])
    expect(() => pickle.decode(whole.subarray(0, length))).toThrow(
      `Not a pickle: it ends too early (byte ${length}).`,
    )
  expect(() => pickle.decode(Buffer.from("{}"))).toThrow("another format's")
})

describe("PickleSerializer, odd sources", () => {
  test("plain objects of another realm are plain objects", () => {
    const foreign = runInNewContext("({ list: [1, { a: 2 }], none: undefined })")
    expect(copy(foreign)).toEqual({ list: [1, { a: 2 }], none: undefined })
    expect(Object.getPrototypeOf(copy(foreign))).toBe(Object.prototype)
  })

  test("a buffer of another realm, as the views of test runners have, is no shared memory", () => {
    const view = new Float64Array(runInNewContext("new ArrayBuffer(16)"))
    view[1] = 0.5
    expect(copy(view)).toEqual(new Float64Array([0, 0.5]))
    const error = failure(() => plain.encode(new Uint8Array(new SharedArrayBuffer(1))))
    expect(error.message).toContain("shared memory")
  })

  test("a DOMException keeps its name, message and stack", () => {
    const error = new DOMException("stopped", "AbortError")
    const back = copy(error) as Error
    expect(back).toBeInstanceOf(Error)
    expect(back).toMatchObject({ name: "AbortError", message: "stopped" })
    expect(back.stack).toBe(error.stack)
    expect(codeOf(() => plain.encode(Object.create(DOMException.prototype)))).toBe(
      "ERR_PERSIST_ENCODE",
    )
  })

  test("what hooks and getters throw arrives as a cause", () => {
    const boom = () => {
      throw new Error("boom")
    }
    const getter = Object.defineProperty({}, "a", { get: boom, enumerable: true })
    const saver = new PickleSerializer().register({ class: Account, save: boom })
    const hooks = { save: () => ({}), restore: boom }
    const restorer = new PickleSerializer().register({ class: Account, ...hooks })
    for (const [run, code] of [
      [() => plain.encode([getter]), "ERR_PERSIST_ENCODE"],
      [() => saver.encode([new Account("", 0)]), "ERR_PERSIST_ENCODE"],
      [() => copy(new Account("", 0), restorer), "ERR_PERSIST_MIGRATION"],
      [() => plain.encode(Object.create(Map.prototype)), "ERR_PERSIST_ENCODE"],
    ] as const)
      expect(failure(run)).toMatchObject({ code, cause: expect.any(Error) })
  })
})
