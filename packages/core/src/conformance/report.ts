import { channel } from "node:diagnostics_channel"

/** What subscribers of the channel `persist:conformance:check` receive when a check has ended. */
export interface ConformanceReport {
  /** Name of the target. */
  readonly target: string
  /** Group of checks, such as `"history"`. */
  readonly group: string
  readonly check: string
  /**
   * `"kept"`; `"refused"`: an ability is absent, and the calls that need it are refused as they must be;
   * `"left out"`: the target lacks what the check needs; `"failed"`.
   */
  readonly outcome: "kept" | "refused" | "left out" | "failed"
  /** What is absent, such as `"supports.ttl"`, or of the target `"damage"`. */
  readonly absent?: string
}

const reports = channel("persist:conformance:check")

/** Tells the subscribers. */
export function publishReport(report: ConformanceReport): void {
  if (reports.hasSubscribers) reports.publish(report)
}
