import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { TcpProxy } from "../src/conformance/index.ts"

let server: Server
let proxy: TcpProxy
/** What the server has carried out. */
let done: string[]
const clients: Socket[] = []

beforeEach(async () => {
  done = []
  server = createServer((socket) => {
    const lines = createInterface({ input: socket })
    for (const emitter of [socket, lines]) emitter.on("error", () => {})
    lines.on("line", (line) => {
      done.push(line)
      socket.write(`did ${line}\n`)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  proxy = await TcpProxy.start({ port: (server.address() as AddressInfo).port })
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await proxy[Symbol.asyncDispose]()
  server.close()
})

/** A client that sends lines, and what it has got. */
async function client() {
  const socket = connect(proxy.port, "127.0.0.1")
  clients.push(socket)
  let got = ""
  socket.setEncoding("utf8").on("data", (text: string) => {
    got += text
  })
  const closed = new Promise<void>((resolve) => {
    socket.on("error", () => resolve()).on("close", () => resolve())
  })
  await once(socket, "connect")
  return {
    socket,
    closed,
    send: (line: string) => socket.write(`${line}\n`),
    got: () => got,
    receives: (text: string) => expect.poll(() => got).toBe(text),
  }
}

describe("TcpProxy", () => {
  test("passes everything on, in both directions, and both ends", async () => {
    const one = await client()
    one.send("a")
    one.send("b")
    await one.receives("did a\ndid b\n")
    const large = "x".repeat(3_000_000)
    one.send(large)
    await expect.poll(() => one.got().length, { timeout: 5_000 }).toBe(12 + large.length + 5)
    expect(proxy.connections).toBe(1)
    one.socket.end()
    await one.closed
    await expect.poll(() => proxy.connections).toBe(0)
    expect(proxy.accepted).toBe(1)
  })

  test("loses the reply to one request, which is carried out", async () => {
    const one = await client()
    const other = await client()
    const dropped = proxy.dropReplyOnce("pay 7")
    one.send("look")
    await one.receives("did look\n")
    // In two packets: the bytes are found where they are.
    one.socket.write("pa")
    await new Promise((resolve) => setImmediate(resolve))
    one.socket.write("y 7\nand more\n")
    await dropped
    await one.closed
    expect(done).toEqual(["look", "pay 7", "and more"])
    expect(one.got()).toBe("did look\n")
    other.send("pay 7")
    await other.receives("did pay 7\n")
  })

  test("loses a request, which is not carried out", async () => {
    const one = await client()
    const dropped = proxy.dropRequestOnce(Buffer.from("pay"))
    one.send("look")
    await one.receives("did look\n")
    one.send("pay")
    await dropped
    await one.closed
    const two = await client()
    two.send("pay")
    await two.receives("did pay\n")
    expect(done).toEqual(["look", "pay"])
  })

  test("goes silent, and delivers late when it heals", async () => {
    const one = await client()
    proxy.blackHole()
    one.send("late")
    const two = await client()
    two.send("later")
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(done).toEqual([])
    await proxy.heal()
    await one.receives("did late\n")
    await two.receives("did later\n")
  })

  test("goes silent in one direction", async () => {
    const one = await client()
    proxy.blackHole("replies")
    one.send("unanswered")
    await expect.poll(() => done).toEqual(["unanswered"])
    expect(one.got()).toBe("")
    await proxy.heal()
    await one.receives("did unanswered\n")
  })

  test("refuses new connections until it heals, at the same port", async () => {
    const { port } = proxy
    const one = await client()
    proxy.refuse()
    const [error] = await once(connect(port, "127.0.0.1"), "error")
    expect((error as NodeJS.ErrnoException).code).toBe("ECONNREFUSED")
    one.send("still here")
    await one.receives("did still here\n")
    await proxy.heal()
    const two = await client()
    two.send("back")
    await two.receives("did back\n")
    expect(proxy.port).toBe(port)
  })

  test("cuts what is open", async () => {
    const one = await client()
    await expect.poll(() => proxy.connections).toBe(1)
    proxy.cut()
    await one.closed
    expect(proxy.connections).toBe(0)
    const two = await client()
    two.send("again")
    await two.receives("did again\n")
  })
})
