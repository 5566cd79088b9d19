import { RedisStorage } from "@persist/redis"

// Nobody listens there: what is told in time is all that can be shown without a server.
await using storage = new RedisStorage({ url: "redis://127.0.0.1:1", timeout: 100 })
const refusal = await storage.load<number>("key").then(
  (value: number | undefined) => value,
  (error: { code?: unknown }) => error.code,
)
if (refusal !== "ERR_PERSIST_CONNECTION") throw new Error("A missing server is not told.")

// @ts-expect-error Prefixes are strings.
const wrong = () => new RedisStorage({ prefix: 7 })
let code: unknown
try {
  wrong()
} catch (error) {
  code = (error as { code?: unknown }).code
}
if (code !== "ERR_PERSIST_INVALID_OPTION") throw new Error("A wrong option was taken.")
