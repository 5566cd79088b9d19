import type { Lease, LeaseOptions } from "../../src/index.ts"
import { runUnderLease } from "../../src/lease/with-lease.ts"
import { type LeaseRecords, LinkedLeaseStore, type Transit } from "./memory-lease-store.ts"
import { Machine, type Simulation } from "./simulation.ts"

/** A machine with its own link to the store; `faults` says what becomes of the requests, one after another. */
export function leaseMachine(
  simulation: Simulation,
  records: LeaseRecords,
  faults: readonly (Partial<Transit> | undefined)[] = [],
) {
  const seams = new Machine(simulation)
  let count = 0
  const transit = () => ({ request: 1, reply: 1, ...faults[count++] })
  const store = new LinkedLeaseStore(records, simulation, seams, transit)
  const run = <T>(work: (lease: Lease) => Promise<T> | T, options: LeaseOptions = {}) =>
    runUnderLease(store, "lease", work, { ttl: 1_000, ...options }, seams)
  return { seams, store, run }
}
