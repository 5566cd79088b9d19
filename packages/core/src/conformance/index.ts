export { type BlackHole, TcpProxy, type TcpProxyOptions } from "./faults/tcp-proxy.ts"
export { storageConformance } from "./storage-conformance.ts"
export type { ConformanceClock, ConformanceRunner, ConformanceTarget } from "./target.ts"
