import { describe, expect, test } from "vitest"
import { mayWrite } from "../src/engines/server/commit-error.ts"
import { beginsWith } from "../src/sql/first-word.ts"

describe("the first word of a statement", () => {
  test("is found behind blanks and comments", () => {
    const begins = beginsWith("select")
    for (const before of [
      "",
      " \n\t",
      "-- a\n",
      "# a\n",
      "/* a * b */ ",
      "-- a\n  /* b */\n  ",
      "( (",
    ]) {
      expect(begins.test(`${before}select 1`), before).toBe(true)
      expect(begins.test(`${before}selected`), before).toBe(false)
    }
    expect(begins.test("/*! select */ select 1")).toBe(false)
  })

  test("takes a time that grows with the blanks, and no faster", () => {
    const begins = beginsWith("insert")
    // Were every way of cutting the blanks tried, thirty would take seconds.
    expect(begins.test(`${" ".repeat(100_000)}select 1`)).toBe(false)
    expect(begins.test(`-- a\n${"\n ".repeat(50_000)}select 1`)).toBe(false)
  })

  test("tells reads from what may write", () => {
    expect(mayWrite("-- all of it\n select 1")).toBe(false)
    expect(mayWrite("/* a */ with a as (select 1) select * from a")).toBe(false)
    expect(mayWrite("/* a */ with a as (delete from t returning *) select * from a")).toBe(true)
    expect(mayWrite("(select 1) union (select 2)")).toBe(false)
    expect(mayWrite("-- select\ninsert into t values (1)")).toBe(true)
  })
})
