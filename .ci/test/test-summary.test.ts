import { describe, expect, test } from "vitest"
import { counts } from "../test-summary/results.ts"
import { summary } from "../test-summary/summary.ts"

const report = {
  success: true,
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
}

describe("counts", () => {
  test("takes over what vitest counted", () => {
    const mixed = {
      ...report,
      success: false,
      numFailedTests: 2,
      numPendingTests: 3,
      numTodoTests: 1,
    }
    expect(counts(mixed)).toEqual({ passed: 7, failed: 2, skipped: 4, remark: "", failures: [] })
  })

  test("keeps what failed, with why", () => {
    const file = (status: string, failureMessages: string[], message?: string) => ({
      name: "a.test.ts",
      status: "failed",
      ...(message !== undefined && { message }),
      assertionResults: [{ fullName: "saves", status, failureMessages }],
    })
    const testResults = [file("failed", ["expected 1\nto be 2"]), file("passed", [], "no disk")]
    expect(counts({ ...report, success: false, testResults }).failures).toEqual([
      "saves\n    expected 1\n    to be 2",
      "a.test.ts\n    no disk",
    ])
  })

  test("counts a run that failed outside its tests as a failure", () => {
    expect(counts({ ...report, success: false })).toMatchObject({ passed: 7, failed: 1 })
  })
})

describe("summary", () => {
  test("ends with one plain line of all", () => {
    const lines = summary([
      { name: "a", passed: 3, failed: 0, skipped: 0, remark: "", failures: [] },
      {
        name: "b",
        passed: 0,
        failed: 1,
        skipped: 2,
        remark: "did not run to its end",
        failures: ["x"],
      },
    ]).split("\n")
    expect(lines.at(-1)).toBe("3 passed, 1 failed")
    expect(lines.shift()).toBe("✗ b: x")
    expect(lines[1]).toContain("did not run to its end")
    expect(lines[2]).toContain("2 skipped")
  })
})
