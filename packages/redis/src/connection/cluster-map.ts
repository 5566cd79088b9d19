import type { Address } from "./address.ts"
import type { Link } from "./link.ts"
import type { Location } from "./location.ts"
import { namedHost } from "./named-place.ts"

/** Who serves which slots, as one node sees it. */
export interface ClusterMap {
  /** How far the node's view is: of two views the later one holds. */
  readonly epoch: number
  /** The primaries' slots. */
  readonly ranges: readonly SlotRange[]
  /** All nodes, replicas too. */
  readonly nodes: readonly Address[]
}

interface SlotRange {
  readonly first: number
  readonly last: number
  readonly owner: Address
}

type SlotsReply = readonly (readonly [number, number, ...(readonly [string | null, number])[]])[]

/** Asks the node at the other end of `link`, which was reached at `asked`. */
export async function askMap(
  link: Link,
  asked: Address,
  { locate }: Location,
): Promise<ClusterMap> {
  const [slots, info] = await Promise.all([
    link.send(["CLUSTER", "SLOTS"]),
    link.send(["CLUSTER", "INFO"]),
  ])
  const at = ([host, port]: readonly [string | null, number]): Address =>
    locate(namedHost(host, asked), Number(port))
  const ranges: SlotRange[] = []
  const nodes: Address[] = []
  for (const [first, last, ...members] of slots as unknown as SlotsReply) {
    const places = members.map(at)
    nodes.push(...places)
    ranges.push({ first, last, owner: places[0]! })
  }
  const text = String(info)
  const epoch = Number(/^cluster_current_epoch:(\d+)/m.exec(text)?.[1] ?? 0)
  const isWhole = text.includes("cluster_state:ok")
  return { epoch: isWhole ? epoch : epoch - 0.5, ranges, nodes }
}

export function ownerOf({ ranges }: ClusterMap, slot: number): Address | undefined {
  return ranges.find(({ first, last }) => first <= slot && slot <= last)?.owner
}
