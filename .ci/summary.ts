import { readResults } from "./test-summary/results.ts"
import { summary } from "./test-summary/summary.ts"

// Repeats the last test run's counts, for the end of a log.
console.log(summary(readResults()))
