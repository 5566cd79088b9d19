import { Client } from "pg"
import {
  findProgram,
  freePort,
  type PrivateServer,
  prepare,
  serverDirectory,
  startServer,
} from "./private-server.ts"

/** Starts a PostgreSQL of the test's own; `undefined` when it is not installed. */
export async function startPostgres(): Promise<PrivateServer | undefined> {
  const initdb = findProgram("initdb")
  const program = findProgram("postgres")
  if (initdb === undefined || program === undefined) return undefined
  const directory = serverDirectory("postgres")
  const data = `${directory}/data`
  prepare(
    initdb,
    ["-D", data, "-U", "persist", "-A", "trust", "-E", "UTF8", "--no-sync"],
    directory,
  )
  const port = await freePort()
  const url = `postgres://persist@127.0.0.1:${port}/postgres`
  return startServer({
    program,
    args: ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", directory, "-F"],
    directory,
    port,
    url,
    async isReady() {
      const client = new Client({ connectionString: url })
      client.on("error", () => {})
      await client.connect()
      await client.end()
      return true
    },
  })
}
