import { PersistError } from "@persist/core"
import {
  type MigrationIdentity,
  type MigrationStatus,
  migrationError,
  type NamedMigration,
} from "./migration.ts"

/** A row of the table of migrations. */
export interface AppliedMigration {
  readonly name: string
  readonly checksum: string
  readonly appliedAt: Date
}

/** The next step towards `to`, or `undefined` when there is none left. */
export interface NextStep<Schema> {
  readonly migration: NamedMigration<Schema>
  readonly direction: "up" | "down"
}

/**
 * Decides the next step.
 *
 * @throws `ERR_PERSIST_NEWER` when the database has been migrated by a newer program,
 * `ERR_PERSIST_MIGRATION` when what was applied does not fit what is given.
 */
export function nextStep<Schema>(
  migrations: readonly NamedMigration<Schema>[],
  applied: readonly AppliedMigration[],
  to: string | null,
): NextStep<Schema> | undefined {
  checkApplied(migrations, applied)
  const done = new Set(applied.map(({ name }) => name))
  const undo = migrations.findLast(({ name }) => done.has(name) && (to === null || name > to))
  if (undo !== undefined) {
    if (undo.down === undefined) {
      throw migrationError(
        `Migration "${undo.name}" has no "down", so it cannot be undone.`,
        undo.name,
      )
    }
    return { migration: undo, direction: "down" }
  }
  const next = migrations.find(({ name }) => !done.has(name) && to !== null && name <= to)
  return next && { migration: next, direction: "up" }
}

/** The state of every migration, given or applied. */
export function migrationStates(
  migrations: readonly MigrationIdentity[],
  applied: readonly AppliedMigration[],
): MigrationStatus[] {
  const rows = new Map(applied.map((row) => [row.name, row]))
  const given = migrations.map(({ name, isSame }): MigrationStatus => {
    const row = rows.get(name)
    if (row === undefined) return { name, state: "pending" }
    const state = isSame(row.checksum) ? "applied" : "changed"
    return { name, state, appliedAt: row.appliedAt }
  })
  const names = new Set(migrations.map(({ name }) => name))
  const unknown = applied
    .filter(({ name }) => !names.has(name))
    .map(({ name, appliedAt }): MigrationStatus => ({ name, state: "unknown", appliedAt }))
  return [...given, ...unknown].sort((one, other) => (one.name < other.name ? -1 : 1))
}

function checkApplied(
  migrations: readonly MigrationIdentity[],
  applied: readonly AppliedMigration[],
): void {
  const given = new Map(migrations.map((migration) => [migration.name, migration]))
  const newest = migrations.at(-1)?.name ?? ""
  for (const { name, checksum } of applied) {
    const migration = given.get(name)
    if (migration === undefined && name > newest) {
      throw new PersistError(
        "ERR_PERSIST_NEWER",
        `The database has the migration "${name}", which this program does not know: a newer program migrated it. Update this one.`,
        { details: { migration: name } },
      )
    }
    if (migration === undefined) {
      throw migrationError(`Migration "${name}" was applied, but is not among those given.`, name)
    }
    if (!migration.isSame(checksum)) {
      throw migrationError(
        `Migration "${name}" was edited after it had been applied. Restore it, and put the change into a new migration.`,
        name,
      )
    }
  }
  const latest = applied
    .map(({ name }) => name)
    .sort()
    .at(-1)
  const done = new Set(applied.map(({ name }) => name))
  const late = migrations.find(
    ({ name }) => latest !== undefined && name < latest && !done.has(name),
  )
  if (late === undefined) return
  throw migrationError(
    `Migration "${late.name}" sorts before "${latest}", which is applied already. Give it a name that sorts after.`,
    late.name,
  )
}
