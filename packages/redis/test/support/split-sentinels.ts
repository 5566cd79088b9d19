import { TcpProxy } from "@persist/core/conformance"
import { vi } from "vitest"
import { freePort, RedisProcess, startRedis } from "./redis-process.ts"

/** A sentinel that has not heard of any other, and how it is reached. */
export interface Lonely extends AsyncDisposable {
  readonly process: RedisProcess
  readonly link: TcpProxy
}

export async function startLonely(primary: RedisProcess, epoch: number): Promise<Lonely> {
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

/** Where a client finds `sentinels`. */
export function addressesOf(...sentinels: readonly Lonely[]) {
  return { name: "main", nodes: sentinels.map(({ link }) => `redis://127.0.0.1:${link.port}`) }
}

/** Two servers, and two sentinels that know nothing of each other. */
export async function startSplit() {
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

/** Asks every tenth of a second what is asked every second, and waits for all that answer, however slow a busy machine is. */
export function hurry(): void {
  retime(
    new Map([
      [1_000, 100],
      [250, 60_000],
    ]),
  )
}

/** Has timers of some lengths, in milliseconds, take others. */
export function retime(others: ReadonlyMap<number, number>): void {
  const { setTimeout } = globalThis
  vi.stubGlobal("setTimeout", (act: () => void, delay = 0) =>
    setTimeout(act, others.get(delay) ?? delay),
  )
}
