import type { Session } from "../session/session.ts"
import { migrationError } from "./migration.ts"
import type { MigrationTarget } from "./migrator.ts"
import { withCleanup } from "./with-cleanup.ts"

interface Violation {
  readonly table: string
  readonly rowid: number | null
  readonly parent: string
}

const mostShown = 5

/**
 * Runs a migration of SQLite while foreign keys are not enforced, and checks every one before the commit.
 *
 * @throws `ERR_PERSIST_MIGRATION` naming the rows whose keys lead nowhere; nothing has changed then.
 */
export function withoutForeignKeys<Schema, T>(
  target: MigrationTarget<Schema>,
  name: string,
  work: (session: Session<Schema>) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { runner } = target
  return target.hold(async () => {
    await runner.run("pragma foreign_keys = off", [])
    const { rows } = await runner.run<{ foreign_keys: number }>("pragma foreign_keys", [])
    if (rows[0]!.foreign_keys !== 0) throw insideSession(name)
    const checked = async (session: Session<Schema>) => {
      const result = await work(session)
      const violations = (await runner.run<Violation>("pragma foreign_key_check", [])).rows
      if (violations.length > 0) throw brokenKeys(name, violations)
      return result
    }
    return withCleanup(
      () => target.transact(checked, signal),
      () => runner.run("pragma foreign_keys = on", []),
    )
  }, signal)
}

function insideSession(name: string): Error {
  return migrationError(
    `Migration "${name}" has "foreignKeys: false", which SQLite cannot do inside a session; call migrate outside of any.`,
    name,
  )
}

function brokenKeys(name: string, violations: readonly Violation[]): Error {
  const shown = violations
    .slice(0, mostShown)
    .map(({ table, rowid, parent }) => `"${table}" row ${rowid} refers to "${parent}"`)
  const more = violations.length > mostShown ? `; and ${violations.length - mostShown} more` : ""
  return migrationError(
    `Migration "${name}" was rolled back, because foreign keys lead nowhere: ${shown.join("; ")}${more}. Mend the rows in the migration; checkIntegrity() tells which were broken before.`,
    name,
  )
}
