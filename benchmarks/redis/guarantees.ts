import { createClient } from "redis"
import { parseAddress } from "../../packages/redis/dist/connection/address.js"
import { Link } from "../../packages/redis/dist/connection/link.js"
import { RedisStorage } from "../../packages/redis/dist/index.js"
import { type RedisProcess, startRedis } from "../../packages/redis/test/support/redis-process.ts"
import { type Comparison, compare } from "../measure.ts"
import { flood, operations } from "./in-flight.ts"
import { keyCount, type Payload } from "./subjects.ts"

/** What a deadline for every command costs: the client under our watchdog, and the client alone. */
export async function deadlineComparison(url: string): Promise<Comparison> {
  const settings = { url, commandOptions: { timeout: 0 } }
  const watched = createClient(settings)
  const limits = { timeout: 10_000, silence: 5000 }
  const link = new Link(watched as never, parseAddress(url), limits)
  const alone = createClient(settings)
  alone.on("error", () => {})
  await Promise.all([watched.connect(), alone.connect()])
  // A round of its own length: these are so short that a single collection of garbage decides one.
  const floods = 5
  const repeated = async (operation: (index: number) => unknown) => {
    for (let time = 0; time < floods; time++) await flood(operation)
  }
  const command = (index: number) => ["GET", `key-${(index * 7919) % keyCount}`]
  const compared = await compare(
    "the deadline of every command",
    {
      name: "node-redis, under our deadline and watchdog",
      run: () => repeated((index) => link.write(command(index))),
    },
    [
      {
        name: "node-redis without any timeout",
        lacks: "an end when the server is silent",
        target: 1.05,
        run: () => repeated((index) => alone.sendCommand(command(index))),
      },
    ],
    { operations: operations * floods, rounds: 150 },
  )
  link.fail(new Error("The benchmark is over."))
  alone.destroy()
  return compared
}

/** What waiting for a replica costs: ours against ours without it. */
export async function replicaComparison(
  server: RedisProcess,
  value: (index: number) => Payload,
): Promise<Comparison> {
  const key = (index: number) => `key-${(index * 7919) % keyCount}`
  await using _replica = await startRedis({ replicaof: `${server.host} ${server.port}` })
  await using plain = new RedisStorage({ url: server.url, prefix: "ours" })
  await using replicated = new RedisStorage({
    url: server.url,
    prefix: "ours",
    durability: "replicated",
  })
  return await compare(
    "save, durable on a replica",
    {
      name: "RedisStorage.save, durability: replicated",
      run: () => flood((index) => replicated.save(key(index), value(index))),
    },
    [
      {
        name: "RedisStorage.save",
        lacks: "a replica that has it",
        target: 1.25,
        run: () => flood((index) => plain.save(key(index), value(index))),
      },
    ],
    { operations },
  )
}
