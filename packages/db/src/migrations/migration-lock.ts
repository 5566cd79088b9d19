import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/core"
import { throwIfAborted } from "@persist/core/options"
import type { EngineName } from "../engines/engine.ts"
import type { StatementRunner } from "../session/statement-runner.ts"

// Locks of MySQL are the whole server's, and their names have at most 64 characters.
const lockName = "concat('persist_migrations ', sha1(database()))"
const lockNumber = "7308339910637985895"

/** Milliseconds between two attempts, at most. */
const longestPause = 100

/** How long another migrator is waited for. */
interface Patience {
  /** Milliseconds. */
  readonly timeout: number | undefined
  readonly signal: AbortSignal | undefined
}

/** Repeats an attempt that comes to `undefined` while another migrator is at work. @throws `ERR_PERSIST_TIMEOUT`, `ERR_PERSIST_ABORTED` */
export async function whenFree<T>(
  attempt: () => Promise<T | undefined>,
  { timeout = Number.POSITIVE_INFINITY, signal }: Patience,
): Promise<T> {
  const deadline = performance.now() + timeout
  for (;;) {
    throwIfAborted(signal, "Waiting for another migrator")
    const result = await attempt()
    if (result !== undefined) return result
    if (performance.now() >= deadline) throw notGiven()
    // The next round tells of the signal.
    await delay(Math.random() * longestPause, undefined, { signal }).catch(() => {})
  }
}

/**
 * Takes what keeps the migrators of several programs apart on a server, where it is free. Nobody waits for it on the
 * server: a statement that does has a snapshot, and a `create index concurrently` of who holds the lock would wait for
 * the end of that.
 *
 * @param until Whether it ends with the transaction around, or by `unlock` on the same connection.
 */
export async function tryLock(
  engine: EngineName,
  runner: StatementRunner,
  until: "transaction" | "unlock",
): Promise<boolean> {
  if (engine === "sqlite") return true
  const ofPostgres = `pg_try_advisory${until === "transaction" ? "_xact" : ""}_lock(${lockNumber})::int`
  const call = engine === "mysql" ? `get_lock(${lockName}, 0)` : ofPostgres
  type Row = { held: number | bigint | null }
  const { rows } = await runner.run<Row>(`select ${call} as held`, [])
  return Number(rows[0]!.held) === 1
}

export async function unlock(engine: EngineName, runner: StatementRunner): Promise<void> {
  if (engine === "mysql") await runner.run(`select release_lock(${lockName})`, [])
  if (engine === "postgres") await runner.run(`select pg_advisory_unlock(${lockNumber})`, [])
}

function notGiven(): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    'Another migrator is at work, and its end was not waited for, so nothing was done. Migrate again, or raise the option "timeout".',
  )
}
