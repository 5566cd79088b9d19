import { Temporal as polyfill } from "temporal-polyfill/full"
import { afterEach, describe, expect, test, vi } from "vitest"
import { PickleSerializer, type TemporalNamespace, temporalClasses } from "../src/pickle/index.ts"
import { codeOf, failure } from "./failure.ts"

/** What is looked at without knowing its type. */
type Loose = ReturnType<typeof JSON.parse>

type Temporal = typeof polyfill
type Value = { equals?(other: unknown): boolean; toString(options?: object): string }
const native = (globalThis as { Temporal?: Temporal }).Temporal
const withPolyfill = () => new PickleSerializer<Loose>({ classes: temporalClasses(polyfill) })

/** Values of every class, also those whose own text does not say all of them. */
function samples({
  Instant,
  PlainDate,
  PlainDateTime,
  PlainTime,
  PlainYearMonth,
  PlainMonthDay,
  ZonedDateTime,
  Duration,
}: Temporal): Record<string, Value> {
  const instant = Instant.from("2026-11-26T18:30:00.123456789Z")
  return {
    instant,
    "the first instant": Instant.from("-271821-04-20T00:00Z"),
    date: PlainDate.from("2026-11-26"),
    "a date of another calendar": PlainDate.from("2026-11-26").withCalendar("hebrew"),
    "a date far away": new PlainDate(-271821, 4, 19),
    "a time": PlainTime.from("23:59:59.999999999"),
    "a date and time": PlainDateTime.from("2026-11-26T18:30:00.000000001").withCalendar("japanese"),
    month: PlainYearMonth.from("2026-11"),
    "a month with a day to count from": new PlainYearMonth(2026, 11, "iso8601", 17),
    "the first month": new PlainYearMonth(-271821, 4),
    "a month of another calendar": PlainDate.from("2026-11-26")
      .withCalendar("hebrew")
      .toPlainYearMonth(),
    "a day of the year": PlainMonthDay.from("02-29"),
    "a day with a year to count from": new PlainMonthDay(2, 28, "iso8601", 1999),
    "a day of another calendar": PlainDate.from("2026-11-26")
      .withCalendar("hebrew")
      .toPlainMonthDay(),
    zoned: instant.toZonedDateTimeISO("Europe/Berlin"),
    "zoned by an offset": instant.toZonedDateTimeISO("-03:30"),
    "zoned by a name of old": instant.toZonedDateTimeISO("Asia/Calcutta").withCalendar("hebrew"),
    // Berlin was 53 minutes and 28 seconds ahead, which a text rounds.
    "zoned when offsets had seconds":
      Instant.from("1800-01-01T00:00Z").toZonedDateTimeISO("Europe/Berlin"),
    "the second of two hours of a night": ZonedDateTime.from(
      "2026-10-25T02:30+01:00[Europe/Berlin]",
    ),
    duration: Duration.from({ years: 1, months: -0, days: 3, hours: 25, milliseconds: 1500 }),
    "a duration backwards": Duration.from({ weeks: -2, minutes: -90, nanoseconds: -1_000_000_001 }),
    "a long duration": Duration.from({ nanoseconds: Number.MAX_SAFE_INTEGER * 1e6 }),
    "no time at all": new Duration(),
  }
}

/** All that can be seen of a value. */
function facts(value: Value): unknown {
  const fields: Record<string, unknown> = {}
  for (const [key, { get }] of Object.entries(
    Object.getOwnPropertyDescriptors(Object.getPrototypeOf(value)),
  ))
    if (get !== undefined) fields[key] = (value as unknown as Record<string, unknown>)[key]
  return [
    Object.getPrototypeOf(value),
    String(value),
    value.toString({ calendarName: "always" }),
    fields,
  ]
}

const temporals: [string, Temporal][] = [["a polyfill", polyfill]]
if (native !== undefined) temporals.push(["this Node", native])

afterEach(() => {
  vi.unstubAllGlobals()
})

describe.each(temporals)("PickleSerializer, the Temporal of %s", (_name, temporal) => {
  test.each(Object.keys(samples(temporal)))("%s comes back the same", (name) => {
    const value = samples(temporal)[name]!
    const serializer = new PickleSerializer<Loose>({ classes: temporalClasses(temporal) })
    const back = serializer.decode(serializer.encode([value, { value }]))
    expect(facts(back[0])).toEqual(facts(value))
    expect(back[1].value).toBe(back[0])
    if (value.equals !== undefined) expect(value.equals(back[0])).toBe(true)
  })

  test("is known without registration where it is the global one", () => {
    vi.stubGlobal("Temporal", temporal)
    const serializer = new PickleSerializer<Loose>()
    const all = Object.values(samples(temporal))
    const back = serializer.decode(serializer.encode(new Map(all.map((value) => [value, value]))))
    expect([...back.keys()].map(facts)).toEqual(all.map(facts))
  })

  test("a property of its own, which would be lost, is refused", () => {
    const serializer = new PickleSerializer({ classes: temporalClasses(temporal) })
    for (const value of Object.values(samples(temporal))) {
      const error = failure(() => serializer.encode([Object.assign(value, { note: 1 })]))
      expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$[0]" } })
    }
  })

  test("a subclass is another class, and what only has the prototype is none", () => {
    const serializer = new PickleSerializer({ classes: temporalClasses(temporal) })
    class Birthday extends temporal.PlainDate {}
    for (const value of [new Birthday(2000, 1, 1), Object.create(temporal.PlainDate.prototype)])
      expect(codeOf(() => serializer.encode(value))).toBe("ERR_PERSIST_ENCODE")
  })
})

test("what one Temporal wrote another reads", () => {
  // Another copy of the same classes where the runtime has none of its own.
  const other = native ?? polyfill
  vi.stubGlobal("Temporal", other)
  const known = new PickleSerializer<Loose>()
  const given = withPolyfill()
  for (const [from, to, made] of [
    [known, given, polyfill],
    [given, known, other],
  ] as const) {
    const values = samples(from === known ? other : polyfill)
    const back = to.decode(from.encode(values)) as Record<string, Value>
    expect(back).toEqual(back)
    for (const [name, value] of Object.entries(samples(made)))
      expect(String(back[name])).toBe(String(value))
    expect(back.date).toBeInstanceOf(made.PlainDate)
  }
})

test("where there is no Temporal, the error says how to read it", () => {
  const bytes = withPolyfill().encode(polyfill.PlainDate.from("2026-11-26"))
  vi.stubGlobal("Temporal", undefined)
  const error = failure(() => new PickleSerializer().decode(bytes))
  expect(error).toMatchObject({
    code: "ERR_PERSIST_UNKNOWN_CLASS",
    details: { name: "Temporal.PlainDate" },
  })
  expect(error.message).toContain("temporalClasses")
  const encoding = failure(() =>
    new PickleSerializer().encode(polyfill.PlainDate.from("2026-11-26")),
  )
  expect(encoding.code).toBe("ERR_PERSIST_ENCODE")
})

test("a name that was given to another class is no longer that of the global one", () => {
  class PlainDate extends polyfill.PlainDate {}
  vi.stubGlobal("Temporal", { PlainDate })
  const date = new PlainDate(2000, 1, 1)
  expect(String(new PickleSerializer<Loose>().decode(new PickleSerializer().encode(date)))).toBe(
    "2000-01-01",
  )
  expect(codeOf(() => withPolyfill().encode(date))).toBe("ERR_PERSIST_ENCODE")
})

test.each([null, 5, {}, { PlainDate: {} }, { PlainDate: () => 0, Duration: class {} }])(
  "a global Temporal that is %o is none",
  (other) => {
    vi.stubGlobal("Temporal", other)
    const serializer = new PickleSerializer<Loose>()
    expect(serializer.decode(serializer.encode(new URLSearchParams("a=1"))).get("a")).toBe("1")
    expect(codeOf(() => serializer.encode(polyfill.PlainDate.from("2026-11-26")))).toBe(
      "ERR_PERSIST_ENCODE",
    )
  },
)

test("what is no namespace is refused", () => {
  for (const none of [undefined, null, "Temporal", polyfill.PlainDate])
    expect(codeOf(() => temporalClasses(none as unknown as TemporalNamespace))).toBe(
      "ERR_PERSIST_INVALID_OPTION",
    )
})

test("a state that is none throws", () => {
  const serializer = withPolyfill()
  class Fake {
    text: unknown = { deep: [1] }
  }
  for (const name of [
    "Instant",
    "PlainDate",
    "PlainYearMonth",
    "Duration",
    "ZonedDateTime",
  ] as const) {
    for (const text of [undefined, 5, "", "2026", "P1D", { text: "2026-11-26" }]) {
      const fake = new PickleSerializer({ classes: [{ class: Fake, name: `Temporal.${name}` }] })
      const bytes = fake.encode(Object.assign(new Fake(), { text, years: "x" }))
      expect(codeOf(() => serializer.decode(bytes))).toBe("ERR_PERSIST_MIGRATION")
    }
  }
})

test.each([{}, { text: "P1D" }, { years: "5" }, { days: [7] }, { hours: true }, { weeks: null }])(
  "a Duration of which fields are missing or no numbers, here %j, is not taken for another one",
  (state) => {
    class Fake {}
    const fake = new PickleSerializer({ classes: [{ class: Fake, name: "Temporal.Duration" }] })
    const whole = Object.assign(new Fake(), { ...durationOfNothing(), ...state })
    const [only] = Object.keys(state)
    if (only === undefined || only === "text") delete (whole as { years?: number }).years
    const error = failure(() => withPolyfill().decode(fake.encode(whole)))
    expect(error.code).toBe("ERR_PERSIST_MIGRATION")
  },
)

function durationOfNothing(): object {
  const times = ["hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]
  return Object.fromEntries(["years", "months", "weeks", "days", ...times].map((key) => [key, 0]))
}

test.each(["Instant", "PlainYearMonth", "PlainMonthDay", "PlainDate", "ZonedDateTime"])(
  "a text that is none, of any length, does not fill the message: %s",
  (name) => {
    class Fake {
      text = `2026-01-01T00:00Z[${"x".repeat(100_000)}]`
    }
    const fake = new PickleSerializer({ classes: [{ class: Fake, name: `Temporal.${name}` }] })
    const error = failure(() => withPolyfill().decode(fake.encode(new Fake())))
    expect(error.code).toBe("ERR_PERSIST_MIGRATION")
    expect(error.message.length).toBeLessThan(500)
  },
)

test("a URLSearchParams comes back in every order and with every character", () => {
  const params = new URLSearchParams([
    ["b", "2"],
    ["a", "1 & 2"],
    ["b", "é\ud800?#"],
    ["", ""],
    ["?", "="],
  ])
  const serializer = new PickleSerializer<Loose>()
  const back = serializer.decode(serializer.encode([params, params]))
  expect([...back[0]]).toEqual([...params])
  expect(back[0]).toBeInstanceOf(URLSearchParams)
  expect(back[1]).toBe(back[0])
  expect(
    codeOf(() => serializer.encode(Object.assign(new URLSearchParams("a=1"), { note: 1 }))),
  ).toBe("ERR_PERSIST_ENCODE")
})

test("the namespace that a polyfill declares is one to TypeScript too", () => {
  const namespace: TemporalNamespace = polyfill
  expect(
    temporalClasses(namespace)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(
    Object.keys(Object.getOwnPropertyDescriptors(polyfill))
      .filter((name) => name !== "Now")
      .map((name) => `Temporal.${name}`)
      .sort(),
  )
})
