import { invalidOption } from "@persist/core/options"
import { refuseOwn } from "./built-in-state.ts"
import type { PickleClass, PickleState } from "./pickle-class.ts"

/** A class of Temporal whose text says all of an instance. */
interface TextClass {
  readonly prototype: { toString(): string }
  from(text: string): object
}

/** One whose text leaves out the day or year that its calendar counts from. */
interface PartialDateClass {
  readonly prototype: { toString(options: { readonly calendarName: "always" }): string }
  new (first: number, second: number, calendar: string, reference: number): object
}

/** What `temporalClasses` uses of Temporal: that of the runtime, or a polyfill's. */
export interface TemporalNamespace {
  readonly Instant: TextClass
  readonly ZonedDateTime: TextClass
  readonly PlainDate: TextClass
  readonly PlainTime: TextClass
  readonly PlainDateTime: TextClass
  readonly PlainYearMonth: PartialDateClass
  readonly PlainMonthDay: PartialDateClass
  readonly Duration: {
    readonly prototype: object
    new (...fields: number[]): object
  }
}

interface ZonedDateTime {
  readonly timeZoneId: string
  readonly calendarId: string
  toInstant(): object
}

const fields = [
  "years",
  "months",
  "weeks",
  "days",
  "hours",
  "minutes",
  "seconds",
  "milliseconds",
  "microseconds",
  "nanoseconds",
] as const
// Twice that of the longest names of a zone and a calendar; errors have all of a text in their messages.
const longestText = 200
const partialDate = /^([+-]?\d+)-(\d\d)-(\d\d)\[u-ca=(.+)\]$/

/**
 * The eight classes of a Temporal for `PickleSerializer`, which knows those of the runtime by itself: only a
 * polyfill that is not installed as the global one must be given, as `{ classes: temporalClasses(Temporal) }`.
 * They go by the same names in files, so what one Temporal wrote another reads.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION` for what is no namespace.
 */
export function temporalClasses(temporal: TemporalNamespace): PickleClass[] {
  if (typeof temporal !== "object" || temporal === null)
    throw invalidOption("temporal", temporal, "the Temporal of a runtime or a polyfill")
  const { PlainYearMonth, PlainMonthDay, Duration } = temporal
  const texts = (["Instant", "PlainDate", "PlainTime", "PlainDateTime"] as const).map((name) => {
    const made: TextClass = temporal[name]
    return textClass(
      name,
      made,
      (value) => made.prototype.toString.call(value),
      (text) => made.from(text),
    )
  })
  const always = { calendarName: "always" } as const
  return [
    ...texts,
    // By its instant: an offset is rounded in a text, and the rules of a zone may change.
    textClass(
      "ZonedDateTime",
      temporal.ZonedDateTime,
      (value) => {
        const { timeZoneId, calendarId, toInstant } = value as ZonedDateTime
        return `${toInstant.call(value)}[${timeZoneId}][u-ca=${calendarId}]`
      },
      (text) => temporal.ZonedDateTime.from(text),
    ),
    textClass(
      "PlainYearMonth",
      PlainYearMonth,
      (value) => PlainYearMonth.prototype.toString.call(value, always),
      (text) => {
        const [year, month, day, calendar] = readPartialDate(text)
        return new PlainYearMonth(year, month, calendar, day)
      },
    ),
    textClass(
      "PlainMonthDay",
      PlainMonthDay,
      (value) => PlainMonthDay.prototype.toString.call(value, always),
      (text) => {
        const [year, month, day, calendar] = readPartialDate(text)
        return new PlainMonthDay(month, day, calendar, year)
      },
    ),
    {
      class: Duration,
      name: "Temporal.Duration",
      // Its text would make 1,500 milliseconds a second and a half.
      save: (value) => {
        refuseOwn(value)
        return Object.fromEntries(
          fields.map((field) => [field, (value as Record<string, unknown>)[field]]),
        )
      },
      revive: (state) => new Duration(...fields.map((field) => readField(state, field))),
    },
  ]
}

function textClass(
  name: string,
  made: { readonly prototype: object },
  textOf: (value: object) => string,
  read: (text: string) => object,
): PickleClass {
  return {
    class: made,
    name: `Temporal.${name}`,
    save: (value) => {
      refuseOwn(value)
      return { text: textOf(value) }
    },
    revive: ({ text }: PickleState) => {
      if (typeof text !== "string") throw new TypeError("its text is missing")
      if (text.length > longestText) throw new RangeError("its text is too long")
      return read(text)
    },
  }
}

/** A Temporal takes what is missing for 0, and all else for the number that it can be made. */
function readField(state: PickleState, field: string): number {
  const value = state[field]
  if (typeof value !== "number") throw new TypeError(`its ${field} are no number`)
  return value
}

function readPartialDate(
  text: string,
): [year: number, month: number, day: number, calendar: string] {
  const [, year, month, day, calendar] = partialDate.exec(text) ?? []
  if (calendar === undefined) throw new RangeError(`it has no date in ${JSON.stringify(text)}`)
  return [Number(year), Number(month), Number(day), calendar]
}
