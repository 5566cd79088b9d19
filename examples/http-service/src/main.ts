import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { openStorage } from "@persist/all"
import { createService } from "./service.ts"
import { Sessions } from "./sessions.ts"

// STORAGE_URL=file:./data | sqlite:./app.db | postgres://… | mysql://… | redis://…   PORT=3000
const storage = openStorage(process.env.STORAGE_URL ?? "file:./.persist-data")
const sessions = new Sessions(storage)
const describe = async (topic: string) => {
  await delay(200)
  return `All that there is to say about ${topic}.`
}
const server = createService({ sessions, storage, describe }).listen(
  Number(process.env.PORT ?? 3000),
)

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    server.close()
    server.closeIdleConnections()
    await once(server, "close")
    await sessions[Symbol.asyncDispose]()
    await storage.close()
  })
}

await once(server, "listening")
console.log(`http://localhost:${(server.address() as AddressInfo).port}`)
