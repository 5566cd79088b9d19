import { PersistError } from "@persist/core"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { CsvSerializer } from "../src/csv-serializer.ts"

const csv = new CsvSerializer()
const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\r", "\n", "\r\n", "\u00e9", " ") })
const table = fc
  .uniqueArray(text, { minLength: 1, maxLength: 4 })
  .chain((columns) =>
    fc.array(fc.record(Object.fromEntries(columns.map((column) => [column, text])))),
  )

describe("CsvSerializer", () => {
  test("gives back every table", () => {
    fc.assert(
      fc.property(table, (rows) => {
        expect(csv.decode(csv.encode(rows))).toEqual(rows)
      }),
    )
  })

  test("refuses every table that was cut", () => {
    fc.assert(
      fc.property(table, fc.nat(), (rows, cut) => {
        fc.pre(rows.length > 0)
        const bytes = csv.encode(rows)
        const part = bytes.subarray(0, cut % bytes.length)
        const decoded = attempt(() => csv.decode(part))
        // A cut between two lines leaves a shorter table, which CSV cannot tell from a whole one.
        if (Array.isArray(decoded)) expect(decoded).toEqual(rows.slice(0, decoded.length))
        else expect(PersistError.is(decoded, "ERR_PERSIST_DECODE")).toBe(true)
      }),
    )
  })

  test("refuses what CSV cannot hold, and says where", () => {
    const rows = [{ a: "1" }, { a: 2 }] as unknown as { a: string }[]
    expect(() => csv.encode(rows)).toThrow("$[1].a")
    expect(() => csv.encode([{ a: "1" }, { b: "1" } as never])).toThrow("$[1]")
    expect(() => csv.encode([{}])).toThrow("$[0]")
    expect(csv.decode(csv.encode([]))).toEqual([])
  })
})

function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
