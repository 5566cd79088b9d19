import { describe, expect, test } from "vitest"
import { type PickleClass, PickleSerializer } from "../src/pickle/index.ts"
import { codeOf, failure } from "./failure.ts"

/** What is looked at without knowing its type. */
type Loose = ReturnType<typeof JSON.parse>

class Money {
  readonly #amount: bigint
  readonly #note: unknown
  private constructor(amount: bigint, note: unknown) {
    this.#amount = amount
    this.#note = note
    Object.freeze(this)
  }
  static of(amount: bigint, note?: unknown): Money {
    return new Money(amount, note)
  }
  get amount(): bigint {
    return this.#amount
  }
  get note(): unknown {
    return this.#note
  }
}

const pickle = (more: Partial<PickleClass<Money>> = {}) =>
  new PickleSerializer<Loose>().register({
    class: Money,
    name: "Money",
    save: ({ amount, note }) => ({ amount, note }),
    revive: ({ amount, note }) => Money.of(amount as bigint, note),
    ...more,
  })
const copy = (value: unknown, serializer = pickle()) => serializer.decode(serializer.encode(value))

describe("PickleSerializer, classes that are made from their state", () => {
  test("an instance as the whole value", () => {
    const back = copy(Money.of(5n))
    expect(back).toBeInstanceOf(Money)
    expect(back.amount).toBe(5n)
  })

  test("in every kind of container, in its place", () => {
    const money = Money.of(1n)
    const other = Money.of(2n)
    const error = Object.assign(new Error("broke", { cause: money }), { other })
    const back = copy({
      list: [0, money, other, money],
      sparse: Object.assign([], { 3: money, 7: other, note: money }),
      map: new Map<unknown, unknown>([
        ["a", money],
        [money, "b"],
        [other, money],
        ["c", 0],
      ]),
      values: new Map([["a", money]]),
      set: new Set([1, money, 2, other]),
      bare: Object.assign(Object.create(null), { money }),
      ["__proto__"]: other,
      [Symbol.for("money")]: money,
      error,
    })
    const { list } = back
    const [, one, two] = list
    expect([one.amount, two.amount]).toEqual([1n, 2n])
    expect(list).toEqual([0, one, two, one])
    expect(list[3]).toBe(one)
    expect(Object.entries(back.sparse)).toEqual([
      ["3", one],
      ["7", two],
      ["note", one],
    ])
    expect(back.sparse.length).toBe(8)
    const same = ([key, value]: [unknown, unknown]) => [
      key === one ? "one" : key === two ? "two" : key,
      value,
    ]
    expect([...back.map].map((entry) => same(entry))).toEqual([
      ["a", one],
      ["one", "b"],
      ["two", one],
      ["c", 0],
    ])
    expect(back.map.get(one)).toBe("b")
    expect(back.values.get("a")).toBe(one)
    expect([...back.set].map((member) => member === one || member === two)).toEqual([
      false,
      true,
      false,
      true,
    ])
    expect(back.set.has(two)).toBe(true)
    expect(back.bare.money).toBe(one)
    expect(back[Symbol.for("money")]).toBe(one)
    expect(back.error.cause).toBe(one)
    expect(Object.getOwnPropertyDescriptor(back.error, "cause")?.enumerable).toBe(false)
    expect(back.error.other).toBe(two)
  })

  test("inside each other, however deep, the inner ones first", () => {
    let money = Money.of(0n)
    for (let level = 1n; level <= 20_000n; level++) money = Money.of(level, { list: [money] })
    let back = copy(money)
    for (let level = 20_000n; level > 0n; level--) {
      if (back.amount !== level) expect(back.amount).toBe(level)
      back = back.note.list[0]
    }
    expect(back.amount).toBe(0n)
  })

  test("what an instance gets in its state is whole, what is made and filled by others too", () => {
    class Filled {
      inner: unknown
    }
    const order: string[] = []
    const serializer = pickle({
      revive: ({ amount, note }) => {
        order.push(
          `money ${amount} with ${note instanceof Filled ? (note.inner as Money)?.amount : note}`,
        )
        return Money.of(amount as bigint, note)
      },
    }).register({
      class: Filled,
      name: "Filled",
      restore: (filled, { inner }) => {
        order.push(`filled with ${(inner as Money).amount}`)
        filled.inner = inner
      },
    })
    const filled = Object.assign(new Filled(), { inner: Money.of(1n) })
    copy([filled, Money.of(2n, filled)], serializer)
    expect(order).toEqual(["money 1 with undefined", "filled with 1", "money 2 with 1"])
  })

  test("the state of an older version goes through its steps", () => {
    class Old {
      euros = 3
    }
    const old = new PickleSerializer({ classes: [{ class: Old, name: "Money" }] })
    const serializer = pickle({
      version: 2,
      upgrades: { 1: ({ euros }) => ({ amount: BigInt(Number(euros) * 100) }) },
    })
    expect(serializer.decode(old.encode([new Old()]))[0].amount).toBe(300n)
  })

  test("an error may be made from its message and properties", () => {
    class Refused extends Error {
      readonly code: number
      constructor(message: string, code: number) {
        super(message)
        this.code = code
      }
    }
    const serializer = new PickleSerializer<Refused[]>().register({
      class: Refused,
      name: "Refused",
      revive: ({ message, code }) => new Refused(String(message), Number(code)),
    })
    const [back] = serializer.decode(serializer.encode([new Refused("no", 7)]))
    expect(back).toBeInstanceOf(Refused)
    expect([back?.message, back?.code]).toEqual(["no", 7])
  })

  test("one object may stand for equal ones", () => {
    const zero = Money.of(0n)
    const serializer = pickle({ revive: () => zero })
    const back = copy([Money.of(1n), { a: Money.of(2n) }], serializer)
    expect(back[0]).toBe(zero)
    expect(back[1].a).toBe(zero)
  })

  test("but not for two keys of a Map or two members of a Set, of which one would be lost", () => {
    const zero = Money.of(0n)
    const serializer = pickle({ revive: () => zero })
    for (const value of [
      new Set([Money.of(1n), Money.of(2n)]),
      new Map([
        [Money.of(1n), 1],
        [Money.of(2n), 2],
      ]),
    ]) {
      const error = failure(() => copy(value, serializer))
      expect(error.code).toBe("ERR_PERSIST_MIGRATION")
    }
  })
})

describe("PickleSerializer, an instance that its own state leads back to", () => {
  const held = () => {
    const page: Record<string, unknown> = {}
    page.money = Money.of(1n, { back: new Map([[page, 1]]) })
    return page
  }

  test("is refused when it is written, with its path", () => {
    const error = failure(() => pickle().encode({ a: [1, held()] }))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$.a[1].money" } })
    expect(error.message).toContain("Money")
    expect(error.message).toContain("create")
  })

  test("also when it holds nothing but itself", () => {
    class Ring {
      readonly self = this
    }
    const serializer = new PickleSerializer().register({
      class: Ring,
      name: "Ring",
      revive: () => new Ring(),
    })
    expect(codeOf(() => serializer.encode(new Ring()))).toBe("ERR_PERSIST_ENCODE")
  })

  test("is refused when it is read, before any hook is called", () => {
    const calls: string[] = []
    const filled = new PickleSerializer().register({
      class: Money,
      name: "Money",
      save: ({ amount, note }) => ({ amount, note }),
      create: () => Money.of(0n),
      restore: () => undefined,
    })
    const bytes = filled.encode([Money.of(7n), held()])
    const serializer = pickle({
      revive: () => {
        calls.push("revive")
        return Money.of(0n)
      },
    })
    const error = failure(() => serializer.decode(bytes))
    expect(error).toMatchObject({ code: "ERR_PERSIST_MIGRATION", details: { name: "Money" } })
    expect(calls).toEqual([])
  })

  test("others may be in cycles beside it, and refer to it from everywhere", () => {
    const money = Money.of(1n, [{ deep: true }])
    const one: Record<string, unknown> = { money }
    const two = { one, note: money.note, money }
    one.two = two
    const back = copy([one, two, money])
    expect(back[0].two.one).toBe(back[0])
    expect(back[1].money).toBe(back[2])
    expect(back[0].money.note).toBe(back[1].note)
  })
})

describe("PickleSerializer, a revive that is wrong", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("because")
      },
      "ERR_PERSIST_MIGRATION",
    ],
    ["is asynchronous", async () => Money.of(1n), "ERR_PERSIST_MIGRATION"],
    ["answers nothing", () => undefined, "ERR_PERSIST_INVALID_OPTION"],
    ["answers a number", () => 5, "ERR_PERSIST_INVALID_OPTION"],
  ])("one that %s", (_name, revive, code) => {
    const bytes = pickle().encode([Money.of(1n)])
    const wrong = pickle({ revive: revive as unknown as () => Money })
    const error = failure(() => wrong.decode(bytes))
    expect(error.code).toBe(code)
    // It may answer one object for equal states.
    expect(error.message).not.toContain("every time")
  })

  test("one that is no function, or stands beside create or restore", () => {
    for (const more of [
      { revive: 5 },
      { create: () => Money.of(0n) },
      { restore: () => undefined },
    ])
      expect(codeOf(() => pickle(more as unknown as Partial<PickleClass<Money>>))).toBe(
        "ERR_PERSIST_INVALID_OPTION",
      )
  })

  test("a built-in class needs a save with it", () => {
    const revive = () => new Blob([])
    expect(codeOf(() => new PickleSerializer().register({ class: Blob, revive }))).toBe(
      "ERR_PERSIST_INVALID_OPTION",
    )
    const serializer = new PickleSerializer<Headers>().register({
      class: Headers,
      save: (headers) => ({ list: [...headers] }),
      revive: ({ list }) => new Headers(list as [string, string][]),
    })
    expect([...serializer.decode(serializer.encode(new Headers({ a: "b" })))]).toEqual([["a", "b"]])
  })
})
