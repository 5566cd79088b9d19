import KeyvRedis from "@keyv/redis"
import { BentoCache, bentostore } from "bentocache"
import { redisDriver } from "bentocache/drivers/redis"
import Keyv from "keyv"
import { createClient } from "redis"
import { createStorage } from "unstorage"
import redisUnstorage from "unstorage/drivers/redis"
import { seededRandom } from "../../.ci/seeded-random.ts"
import { RedisStorage } from "../../packages/redis/dist/index.js"

/** What is stored: 256 bytes as JSON. */
export interface Payload {
  readonly index: number
  readonly text: string
}

/** The number of different keys that the floods go over. */
export const keyCount = 10_000

/** A value that is 256 bytes long as JSON. */
export function payload(seed: number): (index: number) => Payload {
  const next = seededRandom(seed)
  const letters = Array.from({ length: 256 }, () =>
    String.fromCharCode(97 + Math.floor(next() * 26)),
  ).join("")
  return (index) => {
    const frame = JSON.stringify({ index, text: "" }).length
    return { index, text: letters.slice(0, 256 - frame) }
  }
}

/** Ours and its peers on one server; each has a name space of its own there. */
export async function openSubjects(url: string) {
  const { hostname: host, port } = new URL(url)
  const bare = createClient({ url })
  bare.on("error", () => {})
  await bare.connect()
  const untimed = createClient({ url, commandOptions: { timeout: 0 } })
  untimed.on("error", () => {})
  await untimed.connect()
  const ours = new RedisStorage({ url, prefix: "ours" })
  const keyv = new Keyv({ store: new KeyvRedis(url), namespace: "keyv" })
  const unstorage = createStorage({ driver: redisUnstorage({ url, base: "unstorage" }) })
  const connection = { host, port: Number(port) }
  const bento = new BentoCache({
    default: "shared",
    stores: { shared: bentostore().useL2Layer(redisDriver({ connection, prefix: "bento" })) },
  })
  return {
    /** The client as it comes: it gives a command five seconds to be written. */
    bare,
    /** The same without that, which makes it faster. */
    untimed,
    ours,
    keyv,
    unstorage,
    bento,
    async close(): Promise<void> {
      await Promise.all([
        ours.close(),
        keyv.disconnect(),
        unstorage.dispose(),
        bento.disconnectAll(),
      ])
      bare.destroy()
      untimed.destroy()
    },
  }
}

export type Subjects = Awaited<ReturnType<typeof openSubjects>>
