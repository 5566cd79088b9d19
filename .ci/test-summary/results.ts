import { existsSync, globSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { root } from "../check/workspace.ts"

/** What one package's tests came to. */
export interface TestResult {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why the counts cannot be all there is. */
  readonly remark: string
  /** What failed, and why: a test's name and what it said, a few lines each. */
  readonly failures: readonly string[]
}

/** Where every package's test script leaves vitest's report, below the package's folder. */
const reportPath = ".turbo/tests.json"

interface Suite {
  readonly directory: string
  readonly name: string
}

/** Every folder of the workspace that has a test script. */
function suites(): Suite[] {
  return globSync(["packages/*/package.json", "examples/*/package.json", ".ci/package.json"], {
    cwd: root,
  })
    .sort()
    .map((path) => ({ path, manifest: JSON.parse(readFileSync(join(root, path), "utf8")) }))
    .filter(({ manifest }) => manifest.scripts?.test !== undefined)
    .map(({ path, manifest }) => ({ directory: join(root, dirname(path)), name: manifest.name }))
}

/** Removes the reports of earlier runs, so that a suite that does not run cannot pass for one that did. */
export function forgetResults(): void {
  for (const { directory } of suites()) rmSync(join(directory, reportPath), { force: true })
}

/** Reads the reports; a suite without one counts as one failure. */
export function readResults(): TestResult[] {
  return suites().map(({ directory, name }) => {
    const path = join(directory, reportPath)
    if (!existsSync(path)) return { name, ...nothing, remark: "did not run to its end" }
    return { name, ...counts(JSON.parse(readFileSync(path, "utf8"))) }
  })
}

const nothing = { passed: 0, failed: 1, skipped: 0, failures: [] }

/** The part of vitest's JSON report that is read. */
export interface VitestReport {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly VitestFile[]
}

interface VitestFile {
  readonly name: string
  readonly status: string
  readonly message?: string
  readonly assertionResults: readonly {
    readonly fullName: string
    readonly status: string
    readonly failureMessages?: readonly string[]
  }[]
}

/** Counts one report; a file that could not be loaded fails no test, but fails. */
export function counts(report: VitestReport): Omit<TestResult, "name"> {
  const unseen = !report.success && report.numFailedTests === 0
  return {
    passed: report.numPassedTests,
    failed: unseen ? 1 : report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    remark: unseen ? "failed outside its tests" : "",
    failures: report.testResults.flatMap(failuresOf),
  }
}

/** The failed tests of a file; the file itself when it failed outside them. */
function failuresOf({ name, status, message, assertionResults }: VitestFile): string[] {
  const failed = assertionResults.filter((test) => test.status === "failed")
  if (failed.length > 0) {
    return failed.map(({ fullName, failureMessages }) => told(fullName, failureMessages?.[0]))
  }
  return status === "failed" ? [told(name, message)] : []
}

function told(what: string, why = ""): string {
  const lines = stripVTControlCharacters(why).split("\n", 15)
  return [what, ...lines.map((line) => `    ${line}`)].join("\n")
}
