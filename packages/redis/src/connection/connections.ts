import type { Replication } from "../durability/replication.ts"
import type { Topology } from "./topology.ts"

/** The connections of one storage. */
export interface Connections {
  readonly topology: Topology
  /** Where replicas confirm writes. */
  readonly replication: Replication | undefined
}
