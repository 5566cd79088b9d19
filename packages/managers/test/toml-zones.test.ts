import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { configFormats } from "../src/configs/formats/formats.ts"
import { edit } from "./edit-text.ts"

const { TZ } = process.env
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ
  else process.env.TZ = TZ
})

const { toml } = configFormats

// With odd minutes, half a day on either side, a day that was left out, and clocks that change at midnight.
describe.each([
  ...["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kathmandu"],
  ...["Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Apia", "America/Sao_Paulo"],
])("TOML in %s", (zone) => {
  beforeEach(() => {
    process.env.TZ = zone
  })

  test.each([
    ["2018-11-04", "2018-11-04T00:00:00Z"],
    ["2024-03-31T02:30:00", "2024-03-31T02:30:00Z"],
    ["2011-12-30 08:00", "2011-12-30T08:00:00Z"],
    ["2016-12-31t23:59:60.5", "2016-12-31T23:59:59.5Z"],
    ["07:30", "0000-01-01T07:30:00Z"],
    ["23:59:59.123456", "0000-01-01T23:59:59.123Z"],
    ["2024-05-01T08:00:00+02:00", "2024-05-01T06:00:00Z"],
  ])("%s is read as %s", (text, moment) => {
    expect(toml.parse(`a.b = ["2024-05-01", ${text}]\n`)).toEqual({
      a: { b: ["2024-05-01", new Date(moment)] },
    })
  })

  test.each([
    ["2024-05-01", "2018-11-04"],
    ["2024-05-01T08:00:00", "2024-03-31T02:30:00.999"],
    ["07:30:00", "23:15:00.000"],
    ["2024-05-01T08:00:00Z", "2024-01-01T00:00:00.000Z"],
  ])("%s gives way to %s", (old, next) => {
    const { at } = toml.parse(`at = ${next}\n`) as { readonly at: Date }
    expect(edit("toml", `at = ${old} # c\n`, ["at", at])).toBe(`at = ${next} # c\n`)
  })
})
