import { createClient } from "redis"

/** Runs one command on the server at `port`, over a connection that is closed afterwards. */
export async function ask(port: number, command: readonly (string | Buffer)[]): Promise<unknown> {
  const client = createClient({
    socket: { host: "127.0.0.1", port, connectTimeout: 5000, reconnectStrategy: false },
    disableOfflineQueue: true,
  })
  client.on("error", () => {})
  await client.connect()
  try {
    return await client.sendCommand([...command])
  } finally {
    client.destroy()
  }
}

/** Asks until `isDone` says yes of an answer; fails after `seconds`, with the last answer. */
export async function askUntil(
  port: number,
  command: readonly string[],
  isDone: (answer: string) => boolean,
  seconds = 30,
): Promise<void> {
  const until = performance.now() + seconds * 1000
  for (;;) {
    const answer = await ask(port, command).then(String, String)
    if (isDone(answer)) return
    if (performance.now() > until) {
      throw new Error(`${command.join(" ")} on port ${port} still says: ${answer}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
