import { TcpProxy } from "@persist/core/conformance"
import { expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { freePort, RedisProcess, startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

/** A sentinel that has not heard of any other, and how it is reached. */
interface Lonely extends AsyncDisposable {
  readonly process: RedisProcess
  readonly link: TcpProxy
}

async function startLonely(primary: RedisProcess, epoch: number): Promise<Lonely> {
  const monitored = `monitor main 127.0.0.1 ${primary.port} 1`
  const settings = { sentinel: [monitored, `config-epoch main ${epoch}`] }
  const process = new RedisProcess(await freePort(), settings, ["--sentinel"])
  await process.start()
  const link = await TcpProxy.start({ port: process.port })
  const stop = async () => {
    await link[Symbol.asyncDispose]()
    await process.stop()
  }
  return { process, link, [Symbol.asyncDispose]: stop }
}

async function askedTwice({ link }: Lonely): Promise<void> {
  const before = link.accepted
  // The first answer has come then.
  await until("it is asked twice", () => link.accepted > before + 1)
}

/** Two servers, and two sentinels that know nothing of each other. */
async function startSplit() {
  await using stack = new AsyncDisposableStack()
  const former = stack.use(await startRedis())
  const primary = stack.use(await startRedis())
  /** Names the former primary: it has not heard of the failover. */
  const outdated = stack.use(await startLonely(former, 1))
  const current = stack.use(await startLonely(primary, 2))
  const all = stack.move()
  return { former, primary, outdated, current, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

function open(...sentinels: readonly Lonely[]): RedisStorage {
  const nodes = sentinels.map(({ link }) => `redis://127.0.0.1:${link.port}`)
  return new RedisStorage({ sentinel: { name: "main", nodes }, prefix: "shop" })
}

async function holds(server: RedisProcess): Promise<boolean> {
  return (await server.ask("EXISTS", "{shop:0}r:key")) === 1
}

/** How the server calls the connection that has written last. */
async function connectionTo(server: RedisProcess): Promise<string> {
  return /id=(\d+) .*cmd=evalsha /.exec(String(await server.ask("CLIENT", "LIST")))![1]!
}

describeRedis("sentinels of which one is cut off from the others", () => {
  test.concurrent("are all asked, and the one counts that knows of the latest failover", async () => {
    await using split = await startSplit()
    const { primary, outdated, current } = split
    await using storage = open(outdated, current)
    await until("it writes to the primary", async () => {
      await storage.save("key", 2)
      return holds(primary)
    })
    const connected = await connectionTo(primary)
    await askedTwice(outdated)
    expect(await connectionTo(primary)).toBe(connected)
    expect(await storage.load("key")).toBe(2)
  })

  test.concurrent("are not believed where only the outdated one can be asked", async () => {
    await using split = await startSplit()
    const { former, primary, outdated, current } = split
    await using storage = open(current, outdated)
    await storage.save("key", 1)
    current.link.refuse()
    await askedTwice(outdated)
    await primary.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await storage.save("key", 2)
    expect(await holds(former)).toBe(false)
    expect(await storage.load("key")).toBe(2)
  })

  test.concurrent("are believed when all of them were made to forget", async () => {
    await using split = await startSplit()
    const { former, outdated, current } = split
    await using storage = open(current, outdated)
    await storage.save("key", 1)
    for (const { process } of [current, outdated]) {
      await process.ask("SENTINEL", "REMOVE", "main")
      await process.ask("SENTINEL", "MONITOR", "main", "127.0.0.1", String(former.port), "1")
    }
    await until("it writes where they say", async () => {
      await storage.save("key", 2)
      return holds(former)
    })
  })

  test.concurrent("may call the same primary by different names", async () => {
    await using split = await startSplit()
    const { former, primary, current } = split
    await using other = await startLonely(former, 2)
    await using storage = open(current, other)
    await storage.save("key", 1)
    const connected = await connectionTo(primary)
    await askedTwice(other)
    expect(await connectionTo(primary)).toBe(connected)
    expect(await holds(former)).toBe(false)
  })
})
