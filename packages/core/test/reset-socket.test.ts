import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { afterAll, beforeAll, expect, test } from "vitest"
import { resetSocket } from "../src/conformance/faults/reset-socket.ts"

const server = createServer((socket) => socket.pause().on("error", () => {}))

beforeAll(async () => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
})

afterAll(() => server.close())

/** A connection whose other side reads nothing. */
function open(): Socket {
  return connect((server.address() as AddressInfo).port, "127.0.0.1")
}

test.each([
  ["open", () => {}],
  ["just ended", (socket: Socket) => socket.end()],
  ["ended with bytes still to send", (socket: Socket) => socket.end(Buffer.alloc(20_000_000))],
])("closes a connection that is %s, without an error", async (_, prepare) => {
  const socket = open()
  await once(socket, "connect")
  prepare(socket)
  resetSocket(socket)
  expect(await once(socket, "close")).toEqual([false])
  expect(socket.closed).toBe(true)
})

test.each([
  ["asked for", () => {}],
  ["ended already", (socket: Socket) => socket.end()],
])("closes a connection that is only %s", async (_, prepare) => {
  const socket = open()
  prepare(socket)
  resetSocket(socket)
  expect(await once(socket, "close")).toEqual([false])
})
