import { TcpProxy } from "@persist/core/conformance"
import { RedisStorage } from "../src/index.ts"
import { AnsweringProxy } from "../test/support/answering-proxy.ts"
import { startCluster } from "../test/support/redis-cluster.ts"
import { startRedis } from "../test/support/redis-process.ts"
import { until } from "../test/support/until.ts"
import { Workload } from "../test/support/workload.ts"

/** Picks a number below `count`. */
export type Pick = (count: number) => number

/** What a server answers that will carry the same out a little later. */
const turnedAway = ["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY"]

/** Makes faults on one server with a durable log, until `isOver`. @returns What came of it. */
export async function faultsOnServer(pick: Pick, isOver: () => boolean): Promise<string> {
  const timeout = 2000
  await using server = await startRedis({ appendonly: "yes", appendfsync: "always" })
  await using proxy = await TcpProxy.start({ port: server.port })
  let rate = 0
  const answer = () =>
    pick(1000) < rate ? `${turnedAway[pick(turnedAway.length)]} for now` : undefined
  await using answering = await AnsweringProxy.start(proxy.port, answer)
  const url = `redis://127.0.0.1:${answering.port}`
  await using storage = new RedisStorage({ url, timeout })
  const load = new Workload(storage, { deadline: timeout + 2000 })
  const faults = [
    () => server.restart(),
    async () => proxy.cut(),
    async () => {
      server.pause()
      await load.failing()
      server.resume()
    },
    async () => {
      proxy.blackHole((["both", "requests", "replies"] as const)[pick(3)]!)
      await load.failing()
      await proxy.heal()
    },
    async () => {
      rate = 1 + pick(200)
      await load.working(20)
      rate = 0
    },
    () => proxy.dropReplyOnce("r:"),
    () => proxy.dropRequestOnce("r:"),
  ]
  let count = 0
  for (; !isOver(); count++) {
    await load.working(1 + pick(40))
    await faults[pick(faults.length)]!()
  }
  await load.working()
  return `${count} faults on one server: ${await load.end()}`
}

/** Makes faults on a cluster at the strongest durability, until `isOver`. @returns What came of it. */
export async function faultsOnCluster(pick: Pick, isOver: () => boolean): Promise<string> {
  const timeout = 6000
  await using cluster = await startCluster({ nodeTimeout: 1500 })
  await using storage = new RedisStorage({
    cluster: cluster.urls,
    timeout,
    durability: "replicated",
  })
  const load = new Workload(storage, { deadline: timeout + 2000 })
  let count = 0
  for (; !isOver(); count++) {
    await load.working(1 + pick(40))
    const masters = await cluster.masters()
    const lost = masters[pick(masters.length)]!
    const [asked] = cluster.nodes.filter((node) => node !== lost)
    const taken = () =>
      until("another master takes over", async () => {
        const now = await cluster.masters(asked)
        return now.length === masters.length && !now.includes(lost)
      })
    const fault = pick(3)
    if (fault === 0) {
      await lost.process.kill()
      await taken()
      await lost.process.start()
    } else if (fault === 1) {
      lost.process.pause()
      await taken()
      lost.process.resume()
    } else {
      cluster.isolate(lost)
      await taken()
      await cluster.heal(lost)
    }
    await cluster.ready()
  }
  await load.working()
  return `${count} masters of a cluster killed, stopped or cut off: ${await load.end()}`
}
