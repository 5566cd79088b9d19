import type { Subscription } from "../engine.ts"
import type { PgClient } from "./pg-client.ts"

const longestPause = 2_000

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
    client = opened
    opened.on("notification", onNotify)
    const onLoss = () => {
      if (client !== opened) return
      client = undefined
      if (!hasEnded) again(50)
    }
    opened.on("error", onLoss)
    opened.on("end", onLoss)
    await opened.query({ text: `listen "${channel}"` })
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
      if (last === undefined) return
      if (last.release !== undefined) last.release(true)
      else await farewell(last)
    },
  }
}

/** Says goodbye, but not for ever to a server that does not answer. */
async function farewell(client: PgClient): Promise<void> {
  const timer = setTimeout(
    () => client.connection?.stream.destroy(new Error("no answer")),
    longestPause,
  )
  await client.end().catch(() => {})
  clearTimeout(timer)
}
