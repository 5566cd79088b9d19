import { execFileSync, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServer } from "node:tls"
import { createClient, createCluster } from "redis"
import { afterAll, beforeAll, expect, test } from "vitest"
import { parseAddress } from "../src/connection/address.ts"
import { connectTo } from "../src/connection/connect.ts"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { inTime } from "./support/in-time.ts"
import {
  findProgram,
  freePort,
  missingRedis,
  type RedisProcess,
  startRedis,
} from "./support/redis-process.ts"

const missingOpenssl =
  findProgram("openssl") === undefined ? "openssl is missing: apt-get install openssl" : undefined

describeRedis(
  "a server that is reached by TLS",
  () => {
    let directory: string
    let port: number
    let server: RedisProcess
    const file = (name: string) => join(directory, name)
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), "persist-redis-tls-"))
      execFileSync(
        "openssl",
        [
          ...[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
          ],
          ...["-keyout", file("key.pem"), "-out", file("certificate.pem"), "-days", "2"],
          ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        ],
        { stdio: "ignore" },
      )
      port = await freePort()
      server = await startRedis({
        "tls-port": port,
        "tls-cert-file": file("certificate.pem"),
        "tls-key-file": file("key.pem"),
        "tls-auth-clients": "no",
      })
    })
    afterAll(async () => {
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    })

    const secure = (ca: string | undefined) =>
      createClient({
        socket: { host: "127.0.0.1", port, tls: true, ...(ca !== undefined && { ca }) },
      })

    test("is used by a client that knows its certificate", async () => {
      const client = secure(readFileSync(file("certificate.pem"), "utf8"))
      await using storage = new RedisStorage({ client, prefix: "tls" })
      const changes = storage.watch()[Symbol.asyncIterator]()
      await storage.save("key", { n: 1 }, { version: true })
      await storage.update<{ n: number }>("key", (value) => ({ n: value!.n + 1 }))
      await storage.save("large", "x".repeat(1_000_000))
      expect(await storage.load("key")).toEqual({ n: 2 })
      expect(await storage.load("large")).toHaveLength(1_000_000)
      while ((await changes.next()).value?.type !== "save");
      expect(String(await server.ask("CLIENT", "LIST"))).toContain(`laddr=127.0.0.1:${port}`)
      await server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
      expect(await storage.load("key")).toEqual({ n: 2 })
    })

    test("is used through its url where the system knows the certificate", async () => {
      const ca = file("certificate.pem")
      const program = join(import.meta.dirname, "programs/increment.ts")
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: ca }
      const child = fork(program, [`rediss://127.0.0.1:${port}`, "tls-url", "3"], { env })
      expect(await once(child, "exit")).toEqual([0, null])
      const client = secure(readFileSync(ca, "utf8"))
      await using storage = new RedisStorage({ client, prefix: "tls-url" })
      expect(await storage.load("count")).toBe(3)
    })

    test("is told by which name it was asked for, so that one of many can be chosen", async () => {
      const names: string[] = []
      const gate = createServer({
        key: readFileSync(file("key.pem")),
        cert: readFileSync(file("certificate.pem")),
        SNICallback: (name, choose) => {
          names.push(name)
          choose(null)
        },
      })
      await once(gate.listen(0), "listening")
      const place = `localhost:${(gate.address() as AddressInfo).port}`
      const url = `rediss://${place}`
      const rootNodes = [{ url, socket: { tls: true as const, servername: "shop.example" } }]
      // As all nodes are reached that the first ones name.
      const socket = { host: "localhost", port: Number(place.split(":")[1]), tls: true as const }
      for (const option of [
        { url },
        { sentinel: { name: "shop", nodes: [url] } },
        { cluster: [url] },
        { client: createCluster({ rootNodes }) },
        { client: createCluster({ rootNodes: [{ socket }] }) },
        // An address is no name.
        { url: url.replace("localhost", "127.0.0.1") },
      ]) {
        await using storage = new RedisStorage(option)
        await expect(storage.load("key")).rejects.toThrow("cannot prove who it is")
      }
      gate.close()
      expect(names).toEqual([...Array(3).fill("localhost"), "shop.example", "localhost"])
    })

    test("is asked for by its name without the dot at its end, which TLS does not allow", async () => {
      const client = await connectTo(parseAddress("rediss://shop.example.:6380"), 1_000)
      expect(client).toMatchObject({ options: { socket: { servername: "shop.example" } } })
    })

    test("is not spoken to when it cannot prove who it is", async () => {
      const url = `rediss://127.0.0.1:${port}`
      const stranger = createClient({
        socket: {
          ...{ host: "127.0.0.1", port, tls: true, servername: "elsewhere" },
          ca: readFileSync(file("certificate.pem"), "utf8"),
        },
      })
      const refusals = [
        [{ url }, /self-signed certificate.*nothing was done.*NODE_EXTRA_CA_CERTS/],
        [{ cluster: [url] }, /self-signed certificate/],
        [{ client: stranger }, /elsewhere.*is not in the cert/],
      ] as const
      for (const [place, message] of refusals) {
        await using storage = new RedisStorage({ ...place, timeout: 60_000 })
        await expect(inTime(20_000, "a save", storage.save("key", 1))).rejects.toMatchObject({
          code: "ERR_PERSIST_CONNECTION",
          message: expect.stringMatching(message),
        })
      }
    })
  },
  missingRedis ?? missingOpenssl,
)
