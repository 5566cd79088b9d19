export { storageConformance } from "./storage-conformance.ts"
export type { ConformanceClock, ConformanceRunner, ConformanceTarget } from "./target.ts"
