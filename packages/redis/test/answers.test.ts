import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { inspect } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { answerError, isAnswer, isOfReplica, isPassing } from "../src/errors/server-errors.ts"
import { RedisInvalidationBus, RedisStorage } from "../src/index.ts"

describe("what a script was refused", () => {
  // Redis 6.2 says where in the script that was: of `redis.call` in one way, of `redis.pcall` in another.
  const places = [
    "",
    "ERR Error running script (call to f_0123456789abcdef): @user_script:5: ",
    "ERR Error running script (call to f_0123456789abcdef): @user_script:5: @user_script: 5: -",
    "@user_script: 5: -",
    "@user_script: 5: ",
  ]
  test.each([
    ["ERR_PERSIST_IO", "OOM command not allowed when used memory > 'maxmemory'."],
    ["ERR_PERSIST_IO", "MISCONF Redis is configured to save RDB snapshots"],
    ["ERR_PERSIST_IO", "NOREPLICAS Not enough good replicas to write."],
    ["ERR_PERSIST_CORRUPT", "WRONGTYPE Operation against a key holding the wrong kind of value"],
    ["ERR_PERSIST_CONNECTION", "READONLY You can't write against a read only replica."],
    // Redis 7.2 and Valkey, of what a script does.
    ["ERR_PERSIST_CONNECTION", "ERR ACL failure in script: No permissions to access a key"],
  ])("is %s when it is %s", (code, answer) => {
    for (const place of places) {
      const error = new Error(`${place}${answer}`)
      expect(isAnswer(error)).toBe(true)
      expect(answerError("The save", error, "key").code).toBe(code)
      expect(isOfReplica(error.message)).toBe(answer.startsWith("READONLY"))
      expect(isPassing(error.message)).toBe(answer.startsWith("READONLY"))
    }
  })

  test("is shown with what it forbids, and without the trace of the script", () => {
    const answer =
      "ERR ACL failure in script: User app has no permissions to run the 'hset' command"
    const error = new Error(`${answer} script: ${"0f".repeat(20)}, on @user_script:5.`)
    expect(answerError("The save", error, "").message).toMatch(new RegExp(`\\(${answer}\\)\\.$`))
  })
})

describe("a server that knows no HELLO", () => {
  const quotes = [(word: string) => `'${word}' `, (word: string) => `\`${word}\`, `]
  const servers = quotes.map((quoted) =>
    createServer((socket) => {
      socket.on("error", () => {})
      socket.on("data", (bytes) => {
        const commands = String(bytes)
          .split(/^\*\d+\r\n/m)
          .slice(1)
        for (const command of commands) {
          const [name, ...words] = [...command.matchAll(/^\$\d+\r\n(.*)\r\n/gm)].map(
            ([, word]) => word!,
          )
          const rest = words.map(quoted).join("")
          const said = `unknown command ${quoted(name!).trim().replace(",", "")}, with args beginning with: ${rest}`
          socket.write(`-ERR ${said}\r\n`)
        }
      })
    }),
  )
  beforeAll(async () => {
    for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening")
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  test("is refused, and its answer shows no password", async () => {
    for (const server of servers) {
      const { port } = server.address() as AddressInfo
      const url = `redis://app:wr0ng-secret@127.0.0.1:${port}`
      await using storage = new RedisStorage({ url })
      const error: unknown = await storage.load("key").catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: "ERR_PERSIST_UNSUPPORTED",
        message: expect.stringContaining("HELLO"),
      })
      expect(inspect(error)).not.toContain("wr0ng")

      const told = Promise.withResolvers<unknown>()
      const logger = { ...console, warn: (...words: unknown[]) => told.resolve(words) }
      const bus = new RedisInvalidationBus({ url, logger, staleAfter: 100 })
      const sending = bus.publish({ source: "me", kind: "clear" })
      const [, reason] = (await told.promise) as [string, Error]
      expect(reason.message).toContain("HELLO")
      expect(inspect(reason)).not.toContain("wr0ng")
      await Promise.all([expect(sending).rejects.toThrow("closed"), bus.close()])
    }
  })
})
