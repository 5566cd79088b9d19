import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** The address that pages show; a program with it runs against a server of its own. */
export const shownAddress = "redis://127.0.0.1:6379"

/** A Redis server on a free loopback port, with its data in a folder of its own. */
export class PrivateRedis implements AsyncDisposable {
  readonly url: string
  readonly #stop: () => Promise<void>

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url
    this.#stop = stop
  }

  /** `undefined` where no Redis is installed. */
  static async start(): Promise<PrivateRedis | undefined> {
    const directory = await mkdtemp(join(tmpdir(), "persist-pages-redis-"))
    const port = await freePort()
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
    const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] })
    const isMissing = await Promise.race([
      once(server, "error").then(() => true),
      isReady(server.stdout).then(() => false),
    ])
    const stop = async () => {
      if (!isMissing && server.exitCode === null) {
        server.kill()
        await once(server, "exit")
      }
      await rm(directory, { recursive: true, force: true })
    }
    if (!isMissing) return new PrivateRedis(`redis://127.0.0.1:${port}`, stop)
    await stop()
    return undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop()
  }
}

async function isReady(output: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input: output })) {
    if (line.includes("Ready to accept connections")) break
  }
  output.resume()
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, "close")
  return port
}
