import type { Subscription } from "../engine.ts"
import type { PgClient } from "./pg-client.ts"

const longestPause = 2_000
/** Milliseconds that the server has for `listen` and for goodbye. */
const longestAnswer = 2_000

/**
 * Listens to a channel on a connection of its own, which is opened anew when it is lost. `onNotify`
 * is also called after that, as notifications may have been missed.
 */
export async function listenPostgres(
  open: () => Promise<PgClient>,
  channel: string,
  onNotify: () => void,
): Promise<Subscription> {
  let client: PgClient | undefined
  let hasEnded = false
  let timer: NodeJS.Timeout | undefined
  const connect = async () => {
    const opened = await open()
    opened.on("notification", onNotify)
    const onLoss = () => {
      if (client !== opened) return
      client = undefined
      // A pool of the caller's counts it as lent until then.
      leave(opened).catch(() => {})
      if (!hasEnded) again(50)
    }
    opened.on("error", onLoss)
    opened.on("end", onLoss)
    try {
      await answered(opened, opened.query({ text: `listen "${channel}"` }))
    } catch (error) {
      await leave(opened)
      throw error
    }
    if (hasEnded) return leave(opened)
    client = opened
  }
  const again = (pause: number) => {
    timer = setTimeout(() => {
      if (hasEnded) return
      connect().then(onNotify, () => again(Math.min(pause * 2, longestPause)))
    }, pause)
  }
  await connect()
  return {
    async end() {
      hasEnded = true
      clearTimeout(timer)
      const last = client
      client = undefined
      if (last !== undefined) await leave(last)
    },
  }
}

async function leave(client: PgClient): Promise<void> {
  if (client.release !== undefined) client.release(true)
  else await answered(client, client.end()).catch(() => {})
}

/** Waits for what the server does at once; one that does not answer loses the connection. */
async function answered(client: PgClient, work: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => {
    if (client.connection === undefined) client.end().catch(() => {})
    else client.connection.stream.destroy(new Error("The server did not answer."))
  }, longestAnswer)
  try {
    await work
  } finally {
    clearTimeout(timer)
  }
}
