import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { GateFailure } from "../gate.ts"
import { root } from "../workspace.ts"

/**
 * A real registry (verdaccio) on loopback, empty, for the packages of this repository: released
 * to as to npm, installed from by name and range. All other packages come from the usual place.
 */
export class Verdaccio implements AsyncDisposable {
  /** Address to use as the registry of the `@persist` scope. */
  readonly url: string
  /** What lets the release publish. */
  readonly token: string
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(url: string, token: string, process: ChildProcess, folder: string) {
    this.url = url
    this.token = token
    this.#process = process
    this.#folder = folder
  }

  static async start(): Promise<Verdaccio> {
    const folder = await mkdtemp(join(tmpdir(), "persist-registry-"))
    await writeFile(join(folder, "config.yaml"), configuration)
    const program = join(root, ".ci/registry/node_modules/verdaccio/bin/verdaccio")
    const address = `127.0.0.1:${await freePort()}`
    const args = [...endsWithParent, program, "--config", "config.yaml", "--listen", address]
    const child = spawn(process.execPath, args, { cwd: folder })
    try {
      await listening(child)
      const url = `http://${address}/`
      return new Verdaccio(url, await tokenFrom(url), child, folder)
    } catch (error) {
      await stop(child, folder)
      throw error
    }
  }

  /** `name@version` of everything that was published, sorted. */
  async releases(names: readonly string[]): Promise<string[]> {
    const found = await Promise.all(
      names.map(async (name) => {
        const response = await fetch(new URL(name.replace("/", "%2f"), this.url))
        if (response.status === 404) return []
        const { versions } = (await response.json()) as { versions: Record<string, unknown> }
        return Object.keys(versions).map((version) => `${name}@${version}`)
      }),
    )
    return found.flat().sort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#process, this.#folder)
  }
}

/** Who starts a process with these holds its standard input: once that ends, killed or not, so does the process. */
const endsWithParent = [
  "--import",
  "data:text/javascript,process.stdin.resume().on('close', () => process.exit())",
]

const configuration = `
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
uplinks: {}
packages:
  "@persist/*":
    access: $all
    publish: $authenticated
  "**":
    access: $all
max_body_size: 50mb
log: { type: stdout, format: json, level: http }
`

/** A port that nobody listens on; the registry cannot say which one it was given. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** Waits until it says that it listens. */
async function listening(child: ChildProcess): Promise<void> {
  let output = ""
  child.stderr!.resume()
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    output += chunk
    if (!output.includes("http address")) continue
    child.stdout!.resume()
    return
  }
  throw new GateFailure("the registry does not start", output)
}

/** Registers a user, as `npm adduser` does. */
async function tokenFrom(url: string): Promise<string> {
  const name = "releaser"
  const response = await fetch(new URL(`-/user/org.couchdb.user:${name}`, url), {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password: crypto.randomUUID() }),
  })
  const { token } = (await response.json()) as { token?: string }
  if (token === undefined) throw new GateFailure(`the registry gives no token: ${response.status}`)
  return token
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.kill()) await once(child, "close")
  await rm(folder, { recursive: true, force: true })
}
