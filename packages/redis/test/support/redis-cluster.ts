import { TcpProxy } from "@persist/core/conformance"
import { askUntil } from "./ask.ts"
import { BusProxy } from "./bus-proxy.ts"
import { freePort, memoryOnly, RedisProcess, type RedisSettings } from "./redis-process.ts"
import { until } from "./until.ts"

const masterCount = 3
const slotCount = 16_384

/** One node, reached by everybody, the other nodes included, through proxies. */
export interface ClusterNode {
  readonly id: string
  readonly process: RedisProcess
  /** In front of its clients and replicas. */
  readonly link: TcpProxy
  /** In front of the nodes that gossip with it. */
  readonly bus: BusProxy
}

/** Three masters with a replica each, made by commands. */
export class RedisCluster {
  readonly nodes: readonly ClusterNode[]

  constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes
  }

  /** Addresses to begin with. */
  get urls(): readonly string[] {
    return this.nodes.map(({ link }) => `redis://127.0.0.1:${link.port}`)
  }

  /** The nodes that are masters now, as `asked` knows it. */
  async masters(asked: ClusterNode = this.nodes[0]!): Promise<readonly ClusterNode[]> {
    const lines = String(await asked.process.ask("CLUSTER", "NODES")).split("\n")
    const names = lines
      .filter((line) => / (myself,)?master /.test(line) && /\d+-\d+/.test(line))
      .map((line) => line.slice(0, 40))
    return this.nodes.filter(({ id }) => names.includes(id))
  }

  /** The master that serves `slot`, as `asked` knows it. */
  async masterOf(slot: number, asked: ClusterNode = this.nodes[0]!): Promise<ClusterNode> {
    const ranges = (await asked.process.ask("CLUSTER", "SLOTS")) as [
      number,
      number,
      [string, number, string],
    ][]
    const found = ranges.find(([first, last]) => first <= slot && slot <= last)
    return this.nodes.find(({ id }) => id === String(found?.[2][2]))!
  }

  /** Cuts `node` off from clients and all other nodes; it goes on alone. */
  isolate(node: ClusterNode): void {
    node.link.blackHole()
    node.bus.hold()
    for (const { bus } of this.nodes) bus.hold(node.id)
  }

  async heal(node: ClusterNode): Promise<void> {
    node.bus.release()
    for (const { bus } of this.nodes) bus.release(node.id)
    await node.link.heal()
  }

  /** Resolves when every node agrees that every slot is served, and every replica follows its master. */
  async ready(): Promise<void> {
    for (const { process } of this.nodes) {
      await askUntil(process.port, ["CLUSTER", "INFO"], (answer) =>
        answer.includes("cluster_state:ok"),
      )
      await askUntil(process.port, ["INFO", "replication"], (answer) =>
        /role:master|master_link_status:up/.test(answer),
      )
    }
    const masters = await this.masters()
    for (const { process } of masters) {
      await askUntil(process.port, ["INFO", "replication"], (answer) =>
        /slave0:.*state=online/.test(answer),
      )
    }
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.nodes.map(async ({ process, link, bus }) => {
        await process.stop()
        await Promise.all([link[Symbol.asyncDispose](), bus.close()])
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** What a cluster can be given. */
export interface ClusterOptions {
  /** Milliseconds of silence after which a node counts as dead. @default 5000 */
  readonly nodeTimeout?: number
  readonly settings?: RedisSettings
}

/** Starts a cluster; resolves when it is whole. */
export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: masterCount * 2 }, () => startNode(options)))
  const cluster = new RedisCluster(nodes)
  try {
    await connect(nodes)
    await cluster.ready()
    const { nodeTimeout = 5_000 } = options
    for (const { process } of nodes) {
      await process.ask("CONFIG", "SET", "cluster-node-timeout", String(nodeTimeout))
    }
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return cluster
}

async function startNode({ settings }: ClusterOptions): Promise<ClusterNode> {
  const [port, busPort] = [await freePort(), await freePort()]
  const link = await TcpProxy.start({ port })
  const bus = await BusProxy.start(busPort)
  const process = new RedisProcess(port, {
    ...memoryOnly,
    "cluster-enabled": "yes",
    // Until all know each other: who is slow on a busy machine would be forgotten.
    "cluster-node-timeout": 5_000,
    "cluster-port": busPort,
    "cluster-announce-ip": "127.0.0.1",
    "cluster-announce-port": link.port,
    "cluster-announce-bus-port": bus.port,
    "cluster-replica-validity-factor": 0,
    ...settings,
  })
  await process.start()
  return { id: String(await process.ask("CLUSTER", "MYID")), process, link, bus }
}

async function connect(nodes: readonly ClusterNode[]): Promise<void> {
  const masters = nodes.slice(0, masterCount)
  const share = Math.ceil(slotCount / masterCount)
  await Promise.all(
    masters.map(async ({ process }, index) => {
      const first = index * share
      const last = Math.min(first + share, slotCount) - 1
      await process.ask("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1))
      await process.ask("CLUSTER", "ADDSLOTSRANGE", String(first), String(last))
    }),
  )
  await meet(nodes)
  for (const [index, { process }] of nodes.slice(masterCount).entries()) {
    const { id } = masters[index]!
    await askUntil(process.port, ["CLUSTER", "REPLICATE", id], (answer) => answer === "OK")
  }
}

/** Makes all know each other; whoever is forgotten meanwhile is met again. */
async function meet(nodes: readonly ClusterNode[]): Promise<void> {
  const [first, ...others] = nodes
  await until("every node knows every other", async () => {
    const views = await Promise.all(nodes.map(({ process }) => process.ask("CLUSTER", "NODES")))
    const unknown = others.filter(({ id }) => !String(views[0]).includes(id))
    for (const { link, bus } of unknown) {
      const place = ["127.0.0.1", String(link.port), String(bus.port)]
      await first!.process.ask("CLUSTER", "MEET", ...place)
    }
    return views.every((view) => nodes.every(({ id }) => String(view).includes(id)))
  })
}
