import { JsonSerializer } from "@persist/core"
import { Temporal } from "temporal-polyfill/full"
import { describe, expect, test } from "vitest"
import { checksummed } from "../src/checksummed/index.ts"
import { compressed } from "../src/compressed/index.ts"
import { encrypted } from "../src/encrypted/index.ts"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer, temporalClasses } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { difference } from "./same-graph.ts"

const base64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"))
const value = { golden: [1, "\u00e4"] }

/** What was written once must be read for ever: these never change, a new form gets new ones beside them. */
describe("formats of today", () => {
  test.each([
    ["zstd", "KLUv/SQTmQAAeyJnb2xkZW4iOlsxLCLDpCJdfX2FgFw="],
    ["gzip", "H4sIAAAAAAAAA6tWSs/PSUnNU7KKNtRROrxEKbYWAGUkltgTAAAA"],
    ["brotli", "CwmAeyJnb2xkZW4iOlsxLCLDpCJdfQM="],
  ] as const)("compressed by %s", (algorithm, bytes) => {
    expect(compressed(new JsonSerializer(), { algorithm }).decode(base64(bytes))).toEqual(value)
  })

  test("layers around each other", () => {
    const keys = { "2026": Uint8Array.from({ length: 32 }, (_, index) => index) }
    const serializer = checksummed(encrypted(compressed(new JsonSerializer()), { keys }))
    expect(serializer.decode(base64(stacked))).toEqual(value)
  })

  test("MessagePack", () => {
    const tree = {
      "": null,
      flags: [true, false],
      numbers: [
        ...[0, 1, -1, 127, 128, -32, -33, 65_536, -70_000, 4_294_967_295, 1.5, -0],
        ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 60],
      ],
      big: [0n, -1n, 2n ** 64n - 1n, -(2n ** 63n)],
      text: ["", "\u00e9\u{1f600}", "x".repeat(40)],
      bytes: new Uint8Array([1, 2, 255]),
      dates: [0, -1, 1e12, 2 ** 34 * 1000 + 5].map((time) => new Date(time)),
      deep: [[[{ a: {} }]]],
      many: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, index])),
    }
    const serializer = new MsgpackSerializer()
    expect(difference(serializer.decode(base64(message)), tree)).toBe(undefined)
    expect(serializer.encode(tree)).toEqual(base64(message))
  })

  test("MessagePack with Maps", () => {
    const map = new Map<unknown, unknown>([
      [1, "a"],
      ["b", [new Map()]],
      [null, 2],
    ])
    const serializer = new MsgpackSerializer({ maps: "map" })
    expect(difference(serializer.decode(base64("gwGhYaFikYDAAg==")), map)).toBe(undefined)
    expect(serializer.encode(map)).toEqual(base64("gwGhYaFikYDAAg=="))
  })

  test("YAML", () => {
    const point = { x: 1 }
    const document = {
      "1": true,
      point,
      again: [point],
      words: [
        ...["no", "1:30", "~", "", " a ", "a: b", "- c", "x\ny\n"],
        ...["\u00e9\u{1f600}", "\u0007", "\ud800"],
      ],
      numbers: [0, -0, 1.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      "a b": null,
      "<<": { deep: [] },
    }
    const serializer = new YamlSerializer()
    expect(difference(serializer.decode(Buffer.from(yaml)), document)).toBe(undefined)
    expect(Buffer.from(serializer.encode(document)).toString()).toBe(yaml)
  })

  test("canonical JSON, whose hashes and signatures may be anywhere", () => {
    const serializer = new JsonSerializer({ canonical: true })
    const text = `{"\\r":true,"a":null,"b":[1e+21,0.000001,1e-7,"\u20ac$\\u000f\\nA'B\\"\\\\\\\\\\"/"],"\u{1f600}":2,"\ufb33":1}`
    const object = {
      b: [1e21, 0.000001, 1e-7, '\u20ac$\u000f\nA\'B"\\\\"/'],
      a: null,
      "\ufb33": 1,
      "\u{1f600}": 2,
      "\r": true,
    }
    expect(Buffer.from(serializer.encode(object)).toString()).toBe(text)
    expect(serializer.decode(Buffer.from(text))).toEqual(object)
  })

  test("a pickle of what is made from its state", () => {
    class Money {
      readonly cents: unknown
      constructor(cents: unknown) {
        this.cents = cents
      }
    }
    const money = new Money(5n)
    const date = Temporal.PlainDate.from("2026-11-26")
    const graph = {
      money,
      keys: new Map([[money, [money]]]),
      params: new URLSearchParams("a=1&a=%20"),
      times: [
        Temporal.Instant.from("2026-11-26T18:30:00.000000001Z"),
        Temporal.ZonedDateTime.from("2026-11-26T19:30+01:00[Europe/Berlin]"),
        date,
        date.withCalendar("hebrew"),
        Temporal.PlainTime.from("23:59:59.5"),
        Temporal.PlainDateTime.from("2026-11-26T18:30"),
        new Temporal.PlainYearMonth(2026, 11, "iso8601", 17),
        Temporal.PlainMonthDay.from("02-29"),
        Temporal.Duration.from({ days: 1, milliseconds: 1500 }),
      ],
    }
    const serializer = new PickleSerializer<typeof graph>({ classes: temporalClasses(Temporal) })
    serializer.register({
      class: Money,
      name: "golden/money",
      save: ({ cents }) => ({ cents }),
      revive: ({ cents }) => new Money(cents),
    })
    const back = serializer.decode(base64(pickle))
    expect(difference(back, graph)).toBe(undefined)
    expect(serializer.encode(graph)).toEqual(base64(pickle))
    expect(Number((back.times[8] as { milliseconds?: number } | undefined)?.milliseconds)).toBe(
      1500,
    )
  })
})

const stacked =
  "cGVyc2lzdC9jaGVja3N1bSAxIHNoYTI1NiA5Yzk5ZDZhYjQ3OGI3ZTRmM2Q2OGUzMGYwNTVhY2UwNzZiNWNjZjI2" +
  "NTI4NzgxYTJkNDdmZjM5ZTY5MzhkYTk1CnBlcnNpc3RFARQABDIwMjZ4bHMkB52Px3Mk5Fbrb03b0IEc7QqCKKE6" +
  "Tzt4inqXG9ijHDFXnDDAZZnsoF+SOXc0y8XR/WYvZIhTukSfL13WOq/nQVcUwFjg1RxT1XZb6WK8wao2SBg3TP1M" +
  "DJBaLM80SA9mr0aDYTgdTJlzbryg9Z3sxrAyih+1om9QTr3MA5DtttljK7gvaGxdwrRlNBL5V/ZyGKRuKpUCaOrd" +
  "ecRsXWR4uu5VLk6Ybs46s812rl92ZetCeiMgLlgEq5CJRe4Tm382+XGkHrb+xWDcdiQuD/0J5yCRA3g7qpaWEgI8" +
  "8g=="
const message =
  "iaDApWZsYWdzksPCp251bWJlcnPcABAAAf9/zIDg0N/OAAEAANL//u6Qzv/////LP/gAAAAAAADLgAAAAAAAAADL" +
  "f/gAAAAAAADLf/AAAAAAAADL//AAAAAAAADLQ7AAAAAAAACjYmlnlM8AAAAAAAAAANP//////////8//////////" +
  "/9OAAAAAAAAAAKR0ZXh0k6Cmw6nwn5iA2Sh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4" +
  "pWJ5dGVzxAMBAv+lZGF0ZXOU1v8AAAAAxwz/O4uHwP//////////1v87msoAxwz/AExLQAAAAAQAAAAApGRlZXCR" +
  "kZGBoWGApG1hbnneABGiazAAomsxAaJrMgKiazMDoms0BKJrNQWiazYGoms3B6JrOAiiazkJo2sxMAqjazExC6Nr" +
  "MTIMo2sxMw2jazE0DqNrMTUPo2sxNhA="
const pickle =
  "lK5wZXJzaXN0L3BpY2tsZQGQxQJigJSlbW9uZXmka2V5c6ZwYXJhbXOldGltZXOUDKxnb2xkZW4vbW9uZXkBAJEG" +
  "lAyvVVJMU2VhcmNoUGFyYW1zAQCQkaVjZW50c88AAAAAAAAABQGSAQGQkaR0ZXh0p2E9MSZhPSsJlAywVGVtcG9y" +
  "YWwuSW5zdGFudAEAlAy2VGVtcG9yYWwuWm9uZWREYXRlVGltZQEAlAyyVGVtcG9yYWwuUGxhaW5EYXRlAQCSDASU" +
  "DLJUZW1wb3JhbC5QbGFpblRpbWUBAJQMtlRlbXBvcmFsLlBsYWluRGF0ZVRpbWUBAJQMt1RlbXBvcmFsLlBsYWlu" +
  "WWVhck1vbnRoAQCUDLZUZW1wb3JhbC5QbGFpbk1vbnRoRGF5AQCUDLFUZW1wb3JhbC5EdXJhdGlvbgEAAZIBAQK+" +
  "MjAyNi0xMS0yNlQxODozMDowMC4wMDAwMDAwMDFaAtkxMjAyNi0xMS0yNlQxODozMDowMFpbRXVyb3BlL0Jlcmxp" +
  "bl1bdS1jYT1pc284NjAxXQKqMjAyNi0xMS0yNgK3MjAyNi0xMS0yNlt1LWNhPWhlYnJld10CqjIzOjU5OjU5LjUC" +
  "szIwMjYtMTEtMjZUMTg6MzA6MDACuDIwMjYtMTEtMTdbdS1jYT1pc284NjAxXQK4MTk3Mi0wMi0yOVt1LWNhPWlz" +
  "bzg2MDFdmqV5ZWFyc6Ztb250aHOld2Vla3OkZGF5c6Vob3Vyc6dtaW51dGVzp3NlY29uZHOsbWlsbGlzZWNvbmRz" +
  "rG1pY3Jvc2Vjb25kc6tuYW5vc2Vjb25kcwAAAAEAAADNBdwAAA=="
const yaml = `"1": true
point: &a1
  x: 1
again:
  - *a1
words:
  - "no"
  - "1:30"
  - "~"
  - ""
  - " a "
  - "a: b"
  - "- c"
  - |
    x
    y
  - "\u00e9\u{1f600}"
  - "\\u0007"
  - "\\ud800"
numbers:
  - 0
  - -0.0
  - 1.5
  - 1.0e+21
  - .nan
  - .inf
  - -.inf
a b: null
"<<":
  deep: []
`
