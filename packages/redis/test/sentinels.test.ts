import { TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
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

/** Writes on until `sentinel` has been asked, and has answered. */
async function writeOn(storage: RedisStorage, { link }: Lonely): Promise<void> {
  const before = link.accepted
  await until("it is asked twice", async () => {
    await storage.save("key", "on")
    return link.accepted > before + 1
  })
}

async function writesTo(server: RedisProcess, storage: RedisStorage): Promise<void> {
  await until("it writes there", async () => {
    await storage.save("key", 1)
    return holds(server)
  })
}

/** Two servers, and two sentinels that know nothing of each other. */
async function startSplit() {
  const [former, primary] = await Promise.all([startRedis(), startRedis()])
  /** Names the former primary: it has not heard of the failover. */
  const outdated = await startLonely(former, 1)
  const current = await startLonely(primary, 2)
  const all = [outdated, current, former, primary]
  const stop = async () => {
    await Promise.all(all.map((one) => one[Symbol.asyncDispose]()))
  }
  return { former, primary, outdated, current, [Symbol.asyncDispose]: stop }
}

function open(...sentinels: readonly Lonely[]): RedisStorage {
  const nodes = sentinels.map(({ link }) => `redis://127.0.0.1:${link.port}`)
  return new RedisStorage({ sentinel: { name: "main", nodes }, prefix: "shop" })
}

/** Asks every tenth of a second what is asked every second. */
function hurry(): void {
  const { setTimeout } = globalThis
  vi.stubGlobal("setTimeout", (act: () => void, delay?: number) =>
    setTimeout(act, delay === 1_000 ? 100 : delay),
  )
}

async function holds(server: RedisProcess): Promise<boolean> {
  return (await server.ask("EXISTS", "{shop:0}r:key")) === 1
}

describeRedis("sentinels of which one is cut off from the others", () => {
  beforeAll(hurry)
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  test.concurrent("are all asked, and the one counts that knows of the latest failover", async () => {
    await using split = await startSplit()
    const { former, primary, outdated, current } = split
    await using storage = open(outdated, current)
    await writesTo(primary, storage)
    await former.ask("FLUSHALL")
    await writeOn(storage, outdated)
    expect(await holds(former)).toBe(false)
    expect(await storage.load("key")).toBe("on")
  })

  test.concurrent("are not believed where only the outdated one can be asked", async () => {
    await using split = await startSplit()
    const { former, primary, outdated, current } = split
    await using storage = open(current, outdated)
    await writesTo(primary, storage)
    await former.ask("FLUSHALL")
    current.link.refuse()
    await writeOn(storage, outdated)
    await primary.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await storage.save("key", 2)
    expect(await holds(former)).toBe(false)
    expect(await storage.load("key")).toBe(2)
  })

  for (const others of [0, 1]) {
    test.concurrent(`are believed when all of them were made to forget, and ${others} is away`, async () => {
      await using split = await startSplit()
      const { former, primary, outdated, current } = split
      await using away = await startLonely(former, 1)
      away.link.refuse()
      await using storage = open(current, outdated, ...Array(others).fill(away))
      await writesTo(primary, storage)
      await former.ask("FLUSHALL")
      for (const { process } of [current, outdated]) {
        await process.ask("SENTINEL", "REMOVE", "main")
        await process.ask("SENTINEL", "MONITOR", "main", "127.0.0.1", String(former.port), "1")
      }
      await writesTo(former, storage)
    })
  }

  test.concurrent("do not keep who connects waiting for one that does not answer", async () => {
    await using split = await startSplit()
    const { primary, outdated, current } = split
    outdated.link.blackHole()
    await using storage = open(current, outdated)
    await storage.save("key", 1)
    let number = 1
    // The next question of the timer may fall into the attempt.
    await until("a connection does not begin with it", async () => {
      const asked = outdated.link.accepted
      await until("it is asked", () => outdated.link.accepted > asked)
      const before = outdated.link.accepted
      await primary.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
      await storage.save("key", ++number)
      return outdated.link.accepted === before
    })
    expect(await storage.load("key")).toBe(number)
  })

  test.concurrent("may call the same primary by different names", async () => {
    await using split = await startSplit()
    const { former, primary, current } = split
    await using other = await startLonely(former, 2)
    await using storage = open(current, other)
    await storage.save("key", 1)
    // A busy machine may have it ask the second one at first.
    const [elsewhere, asked] = (await holds(primary)) ? [former, other] : [primary, current]
    await writeOn(storage, asked)
    expect(await holds(elsewhere)).toBe(false)
  })
})
