import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"

/** A server of the test's own, with its data in a temporary folder. */
export interface PrivateServer {
  readonly url: string
  readonly port: number
  readonly directory: string
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same data. */
  restart(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** Servers refuse to run as root; then they run as nobody. */
const user =
  process.getuid?.() === 0
    ? { uid: Number(/^nobody:[^:]*:(\d+):(\d+)/m.exec(readFileSync("/etc/passwd", "utf8"))?.[1]) }
    : {}

/** The path of an installed program, or `undefined`. */
export function findProgram(name: string): string | undefined {
  // Debian keeps PostgreSQL's programs out of PATH, in a folder for each version.
  const debian = "/usr/lib/postgresql"
  const versions = existsSync(debian) ? readdirSync(debian) : []
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    "/usr/sbin",
    "/usr/local/sbin",
    ...versions.map((version) => join(debian, version, "bin")),
  ]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** A folder that the server may write. */
export function serverDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `persist-${name}-`))
  if (user.uid !== undefined) chownSync(directory, user.uid, user.uid)
  return directory
}

/** Runs a preparing command to its end. */
export function prepare(program: string, args: readonly string[], directory: string): void {
  const env = { ...process.env, HOME: directory }
  const result = spawnSync(program, args, { ...user, cwd: directory, env, encoding: "utf8" })
  if (result.status !== 0) throw new Error(`${program} failed: ${result.stderr || result.stdout}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, "close")
  return port
}

/** What starts a server and tells whether it answers. */
export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly directory: string
  readonly port: number
  readonly url: string
  isReady(): Promise<boolean>
}

/** Starts a server that also ends when this process dies, however it dies. */
export async function startServer(command: ServerCommand): Promise<PrivateServer> {
  let running = await launch(command)
  const kill = async () => {
    if (running.exitCode !== null || running.signalCode !== null) return
    running.stdin!.end()
    await once(running, "exit")
  }
  return {
    url: command.url,
    port: command.port,
    directory: command.directory,
    kill,
    async restart() {
      await kill()
      running = await launchAgain(command)
    },
    async stop() {
      await kill()
      rmSync(command.directory, { recursive: true, force: true })
    },
  }
}

/** What a killed server held may be free only a moment later. */
async function launchAgain(command: ServerCommand): Promise<ChildProcess> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await launch(command)
    } catch (error) {
      if (attempt >= 20) throw error
    }
    await delay(250)
  }
}

async function launch({ program, args, directory, isReady }: ServerCommand): Promise<ChildProcess> {
  // A shell waits on a pipe from this process: when that closes, the server and its children are
  // killed, stopped first so that no new ones are born meanwhile.
  const script =
    'exec 3<&0; "$0" "$@" >server.log 2>&1 </dev/null 3<&- & server=$!; ' +
    "(cat <&3 >/dev/null; kill -STOP $server; kill -9 $server $(cat /proc/$server/task/$server/children)) 2>/dev/null & " +
    "exec 3<&-; wait $server 2>/dev/null"
  const child = spawn("/bin/sh", ["-c", script, program, ...args], {
    ...user,
    cwd: directory,
    env: { ...process.env, HOME: directory },
    stdio: ["pipe", "ignore", "inherit"],
  })
  for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt++) {
    if (await isReady().catch(() => false)) return child
    await delay(50)
  }
  const log = readFileSync(join(directory, "server.log"), "utf8").slice(-2000)
  child.stdin!.end()
  throw new Error(`${program} did not start: ${log}`)
}
