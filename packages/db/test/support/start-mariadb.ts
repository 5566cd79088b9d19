import { createConnection } from "mysql2/promise"
import {
  findProgram,
  freePort,
  type PrivateServer,
  prepare,
  serverDirectory,
  startServer,
} from "./private-server.ts"

/** Starts a MariaDB of the test's own; `undefined` when it is not installed. */
export async function startMariadb(): Promise<PrivateServer | undefined> {
  const install = findProgram("mariadb-install-db")
  const program = findProgram("mariadbd")
  if (install === undefined || program === undefined) return undefined
  const directory = serverDirectory("mariadb")
  const data = `${directory}/data`
  prepare(
    install,
    [
      "--no-defaults",
      `--datadir=${data}`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
    ],
    directory,
  )
  const port = await freePort()
  const url = `mysql://root@127.0.0.1:${port}/mysql`
  return startServer({
    program,
    args: [
      "--no-defaults",
      `--datadir=${data}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--socket=${directory}/server.sock`,
      // A server that starts removes what it takes for its own old files there.
      `--tmpdir=${directory}`,
      "--innodb-flush-log-at-trx-commit=2",
      "--skip-name-resolve",
    ],
    directory,
    port,
    url,
    async isReady() {
      const connection = await createConnection({ uri: url })
      await connection.end()
      return true
    },
  })
}
