import type { Replication } from "../durability/replication.ts"
import type { Address } from "./address.ts"
import type { Link } from "./link.ts"
import type { Topology } from "./topology.ts"

/** The connections of one storage. */
export interface Connections {
  readonly topology: Topology
  /** Where replicas confirm writes. */
  readonly replication: Replication | undefined
  /** Connects to a server, to listen to it. */
  readonly openEar: (place: Address) => Promise<Link>
}
