import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { ask } from "./ask.ts"

/** Where redis-server is installed, or `undefined`. */
export function findRedis(): string | undefined {
  return findProgram("redis-server")
}

/** Where a program is installed, or `undefined`. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** How to get what is missing. */
export const missingRedis: string | undefined =
  findRedis() === undefined ? "redis-server is missing: apt-get install redis-server" : undefined

/** Settings of a configuration file; a list repeats the setting. */
export type RedisSettings = Readonly<Record<string, string | number | readonly string[]>>

/** One server process on a loopback port, with its data in a temporary folder. */
export class RedisProcess {
  readonly host = "127.0.0.1"
  readonly port: number
  readonly directory: string
  readonly #arguments: readonly string[]
  #child: ChildProcess | undefined
  #reaper: ChildProcess | undefined

  constructor(port: number, settings: RedisSettings, role: readonly string[] = []) {
    this.port = port
    this.directory = mkdtempSync(join(tmpdir(), "persist-redis-"))
    const file = join(this.directory, "redis.conf")
    writeFileSync(file, configuration({ port, dir: this.directory, ...settings }))
    this.#arguments = [file, ...role]
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`
  }

  /** Runs one command over a connection of its own. */
  ask(...command: string[]): Promise<unknown> {
    return ask(this.port, command)
  }

  /** Starts it on the data that is there; resolves when it answers. */
  async start(): Promise<void> {
    const program = findRedis()
    if (program === undefined) throw new Error(missingRedis)
    const child = spawn(program, this.#arguments, { cwd: this.directory, stdio: "ignore" })
    this.#child = child
    this.#reaper = reaperOf(child, this.directory)
    for (let attempt = 0; attempt < 1000 && child.exitCode === null; attempt++) {
      const answer = await this.ask("INFO", "server").then(String, () => "")
      if (answer.includes(`process_id:${child.pid}\r`)) return
      await delay(10)
    }
    const log = readFileSync(join(this.directory, "server.log"), "utf8").slice(-2000)
    await this.stop()
    throw new Error(`redis-server did not start on port ${this.port}: ${log}`)
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    child.kill("SIGKILL")
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
    this.#reaper?.stdin?.end("ended\n")
  }

  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  /** Stops it from running; the system goes on to accept and buffer what is sent to it. */
  pause(): void {
    this.#child?.kill("SIGSTOP")
  }

  resume(): void {
    this.#child?.kill("SIGCONT")
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.directory, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Starts a standalone server that holds nothing. */
export async function startRedis(settings: RedisSettings = {}): Promise<RedisProcess> {
  const server = new RedisProcess(await freePort(), { ...memoryOnly, ...settings })
  await server.start()
  return server
}

/** What a server that need not survive a restart is set to. */
export const memoryOnly: RedisSettings = {
  save: '""',
  appendonly: "no",
  "repl-diskless-sync-delay": 0,
  "repl-diskless-load": "swapdb",
}

const given = new Set<number>()

/**
 * A port below those that the system gives to outgoing connections, so that none of them takes it meanwhile; each is
 * given once, as a cluster asks for many before its servers listen.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (given.has(port)) continue
    given.add(port)
    const server = createServer().listen(port, "127.0.0.1")
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, "close")
    return port
  }
}

/** Waits on a pipe from this process: when it breaks, this process has died, and the server follows. */
function reaperOf(server: ChildProcess, directory: string): ChildProcess {
  const script = 'read word || { kill -9 "$0"; rm -rf "$1"; } 2>/dev/null'
  return spawn("/bin/sh", ["-c", script, String(server.pid), directory], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  })
}

function configuration(settings: RedisSettings): string {
  const lines = Object.entries({ bind: "127.0.0.1", logfile: "server.log", ...settings })
  return lines.flatMap(([name, value]) => [value].flat().map((one) => `${name} ${one}`)).join("\n")
}
