import { subscribe } from "node:diagnostics_channel"
import { appendFileSync } from "node:fs"

// Loaded into every process of a test run (NODE_OPTIONS=--import): writes what the conformance suite tells of its
// checks to a file, a line each.
const path = process.env.CONFORMANCE_REPORT
if (path !== undefined) {
  subscribe("persist:conformance:check", (report) => {
    appendFileSync(path, `${JSON.stringify(report)}\n`)
  })
}
