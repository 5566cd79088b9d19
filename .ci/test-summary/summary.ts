import type { TestResult } from "./results.ts"

/** What failed and why, a line for each package, then the plain line of all. */
export function summary(results: readonly TestResult[]): string {
  const total = (count: "passed" | "failed" | "skipped") =>
    results.reduce((sum, result) => sum + result[count], 0)
  const skipped = total("skipped")
  return [
    ...results.flatMap(({ name, failures }) => failures.map((failure) => `✗ ${name}: ${failure}`)),
    ...results.map(line),
    ...(skipped > 0 ? [`${skipped} skipped: see above what they miss`] : []),
    `${total("passed")} passed, ${total("failed")} failed`,
  ].join("\n")
}

function line({ name, passed, failed, skipped, remark }: TestResult): string {
  const parts = [`${passed} passed`, `${failed} failed`]
  if (skipped > 0) parts.push(`${skipped} skipped`)
  return `${name.padEnd(36)}${parts.join(", ")}${remark && `: ${remark}`}`
}
