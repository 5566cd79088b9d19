import { TcpProxy } from "@persist/core/conformance"
import { askUntil } from "./ask.ts"
import { freePort, memoryOnly, RedisProcess, type RedisSettings } from "./redis-process.ts"
import { until } from "./until.ts"

const sentinelCount = 3

/** A server that everybody reaches through its proxy, sentinels and replicas too. */
export interface SentinelNode {
  readonly process: RedisProcess
  readonly link: TcpProxy
}

/** A master, its replica, and the sentinels that watch over them. */
export class SentinelSet {
  readonly name = "main"
  readonly nodes: readonly SentinelNode[]
  readonly sentinels: readonly RedisProcess[]

  constructor(nodes: readonly SentinelNode[], sentinels: readonly RedisProcess[]) {
    this.nodes = nodes
    this.sentinels = sentinels
  }

  /** The node that the sentinels call master. */
  async master(): Promise<SentinelNode> {
    const answer = await this.sentinels[0]!.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.name)
    const [, port] = answer as [unknown, unknown]
    return this.nodes.find(({ link }) => link.port === Number(port))!
  }

  /** Resolves when the master has its replica, and every sentinel knows both and the others. */
  async ready(): Promise<void> {
    await until("the Sentinel set is whole", async () => {
      const master = await this.master()
      // Sentinels end the connections of a server whose role they change.
      const replication = await master.process.ask("INFO", "replication").then(String, String)
      if (!/role:master[\s\S]*slave0:.*state=online/.test(replication)) return false
      const whole = `status=ok,address=127.0.0.1:${master.link.port},slaves=1,sentinels=${sentinelCount}`
      const views = this.sentinels.map((sentinel) => sentinel.ask("INFO", "sentinel"))
      return (await Promise.all(views)).every((view) => String(view).includes(whole))
    })
  }

  /** Makes a server that has come back follow the master now; the sentinels would take ten seconds to tell it. */
  async rejoin({ process }: SentinelNode): Promise<void> {
    const { link } = await this.master()
    await askUntil(process.port, ["REPLICAOF", "127.0.0.1", String(link.port)], (answer) =>
      answer.startsWith("OK"),
    )
    await this.ready()
  }

  async stop(): Promise<void> {
    await Promise.all(this.sentinels.map((sentinel) => sentinel.stop()))
    await Promise.all(
      this.nodes.map(async ({ process, link }) => {
        await process.stop()
        await link[Symbol.asyncDispose]()
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** What a set can be given. */
export interface SentinelOptions {
  /** Milliseconds of silence after which a server counts as dead. @default 5000 */
  readonly downAfter?: number
  readonly settings?: RedisSettings
}

/** Starts a master, a replica and three sentinels; resolves when they all know each other. */
export async function startSentinel(options: SentinelOptions = {}): Promise<SentinelSet> {
  const master = await startNode(options.settings)
  const replica = await startNode({
    ...options.settings,
    replicaof: `127.0.0.1 ${master.link.port}`,
  })
  const ports = await Promise.all(Array.from({ length: sentinelCount }, freePort))
  const sentinels = ports.map((_, index) => sentinelProcess(ports, index, master, replica, options))
  await Promise.all(sentinels.map((sentinel) => sentinel.start()))
  const set = new SentinelSet([master, replica], sentinels)
  try {
    await set.ready()
  } catch (error) {
    await set.stop()
    throw error
  }
  return set
}

async function startNode(settings: RedisSettings = {}): Promise<SentinelNode> {
  const port = await freePort()
  const link = await TcpProxy.start({ port })
  const process = new RedisProcess(port, {
    ...memoryOnly,
    "replica-announce-ip": "127.0.0.1",
    "replica-announce-port": link.port,
    ...settings,
  })
  await process.start()
  return { process, link }
}

/** Told of each other beforehand, sentinels need not find each other first. */
function sentinelProcess(
  ports: readonly number[],
  index: number,
  master: SentinelNode,
  replica: SentinelNode,
  { downAfter = 5000 }: SentinelOptions,
): RedisProcess {
  const others = ports.filter((_, other) => other !== index)
  return new RedisProcess(
    ports[index]!,
    {
      sentinel: [
        `myid ${identity(ports[index]!)}`,
        `monitor main 127.0.0.1 ${master.link.port} 2`,
        `down-after-milliseconds main ${downAfter}`,
        `failover-timeout main ${Math.max(downAfter * 2, 3000)}`,
        "parallel-syncs main 1",
        `known-replica main 127.0.0.1 ${replica.link.port}`,
        ...others.map((port) => `known-sentinel main 127.0.0.1 ${port} ${identity(port)}`),
      ],
    },
    ["--sentinel"],
  )
}

/** Forty hexadecimal digits. */
function identity(port: number): string {
  return port.toString(16).padStart(40, "a")
}
