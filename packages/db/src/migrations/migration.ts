import { PersistError } from "@persist/core"
import { invalidOption, kinds, optionsCheck, valuesCheck } from "@persist/core/options"
import type { Session } from "../session/session.ts"
import { checksumOf, isFormerChecksum } from "./checksum.ts"

/** One step of a schema: SQL text, or work in a session. */
export type MigrationWork<Schema = unknown> =
  | string
  | ((session: Session<Schema>) => unknown | Promise<unknown>)

/** A migration: what it does and, where that is possible, how it is undone. */
export interface Migration<Schema = unknown> {
  readonly up: MigrationWork<Schema>
  readonly down?: MigrationWork<Schema> | undefined
  /**
   * Tells whether a migration that was applied has been edited since. For SQL text it is the hash of
   * the text, however its lines end; for a function, whose text a bundler changes, there is none unless you give one.
   */
  readonly checksum?: string | undefined
  /**
   * Run `up` and `down` in a transaction. `false` is for statements that refuse one, such as
   * PostgreSQL's `create index concurrently`. On SQLite nothing keeps the migrators of several processes apart
   * meanwhile. @default true
   */
  readonly transaction?: boolean | undefined
  /**
   * SQLite: whether foreign keys are enforced meanwhile. `false` is for building a table anew: drop it under
   * the feet of those that refer to it, and rename the new one. Every key is checked before the commit
   * (sqlite.org, "Making Other Kinds Of Table Schema Changes"). No effect elsewhere. @default true
   */
  readonly foreignKeys?: boolean | undefined
}

/** Migrations under names that sort in their order, such as `"001_users"`; SQL text alone is an `up`. */
export type Migrations<Schema = unknown> = Readonly<Record<string, Migration<Schema> | string>>

/** Options of `migrate`. */
export interface MigrateOptions {
  /** The migration to be the last applied; `null` undoes all. @default the newest */
  readonly to?: string | null | undefined
  /** Only tell what would be done. @default false */
  readonly plan?: boolean | undefined
  /**
   * Ends the wait for another migrator or for a connection, and the migration that runs: it is rolled back, those
   * before it stay. One without a transaction, as all are on MySQL, is not interrupted: then none comes after it.
   */
  readonly signal?: AbortSignal | undefined
}

/** What `migrate` did, or with `plan` would do, in order. */
export interface MigrationReport {
  readonly applied: readonly string[]
  readonly reverted: readonly string[]
}

/** One migration as `migrationStatus` tells it. */
export interface MigrationStatus {
  readonly name: string
  /** `"changed"`: edited since it was applied. `"unknown"`: applied, but not among those given. */
  readonly state: "applied" | "pending" | "changed" | "unknown"
  readonly appliedAt?: Date
}

/** What is known of a migration without looking at what it does. */
export interface MigrationIdentity {
  readonly name: string
  readonly checksum: string
  /** Whether what was applied with this checksum is the same. */
  isSame(checksum: string): boolean
}

/** A migration with every default applied. */
export interface NamedMigration<Schema = unknown> extends Migration<Schema>, MigrationIdentity {
  readonly transaction: boolean
  readonly foreignKeys: boolean
  readonly checksum: string
}

const checkOptions = valuesCheck<MigrateOptions>("migrate", {
  to: kinds.anything,
  plan: kinds.flag,
  signal: kinds.signal,
})
const checkMigration = optionsCheck<Migration>("migration", {
  up: true,
  down: true,
  checksum: true,
  transaction: true,
  foreignKeys: true,
})
const longestName = 190

/** The migrations in order. @throws `ERR_PERSIST_INVALID_OPTION` */
export function readMigrations<Schema>(migrations: Migrations<Schema>): NamedMigration<Schema>[] {
  if (typeof migrations !== "object" || migrations === null || Array.isArray(migrations)) {
    throw invalidOption("migrations", migrations, "an object of migrations under their names")
  }
  assertDistinct(Object.keys(migrations))
  return Object.entries(migrations)
    .map(([name, given]) => {
      const migration = typeof given === "string" ? { up: given } : given
      checkMigration(migration as Migration)
      if (name === "" || name.length > longestName) {
        throw invalidOption("migration", name, `names of 1 to ${longestName} characters`)
      }
      for (const part of ["up", "down"] as const) {
        const kind = typeof migration[part]
        if (kind === "string" || kind === "function" || (part === "down" && kind === "undefined"))
          continue
        throw invalidOption(
          `migration "${name}": ${part}`,
          migration[part],
          "SQL text or a function",
        )
      }
      for (const option of ["transaction", "foreignKeys"] as const) {
        if (migration[option] === undefined || typeof migration[option] === "boolean") continue
        throw invalidOption(`migration "${name}": ${option}`, migration[option], "true or false")
      }
      if (migration.checksum !== undefined && typeof migration.checksum !== "string") {
        throw invalidOption(`migration "${name}": checksum`, migration.checksum, "a string")
      }
      if (migration.transaction === false && migration.foreignKeys === false) {
        throw invalidOption(`migration "${name}": foreignKeys`, false, "true without a transaction")
      }
      const checksum = migration.checksum ?? checksumOf(migration.up)
      return {
        ...migration,
        name,
        foreignKeys: migration.foreignKeys ?? true,
        transaction: migration.transaction ?? true,
        checksum,
        isSame: (applied: string) =>
          applied === checksum ||
          (migration.checksum === undefined && isFormerChecksum(migration.up, applied)),
      }
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** MySQL compares names without blanks at their end, and would find out when a migration has been carried out. */
function assertDistinct(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    const bare = name.trimEnd()
    if (seen.has(bare)) {
      throw invalidOption("migration", name, "names that differ in more than blanks at their end")
    }
    seen.add(bare)
  }
}

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function readMigrateOptions(
  options: MigrateOptions | undefined,
  migrations: readonly MigrationIdentity[],
): {
  readonly to: string | null
  readonly plan: boolean
  readonly signal: AbortSignal | undefined
} {
  if (options !== undefined) checkOptions(options)
  const to = options?.to === undefined ? (migrations.at(-1)?.name ?? null) : options.to
  if (to !== null && !migrations.some(({ name }) => name === to)) {
    throw invalidOption("to", to, "the name of a migration, or null")
  }
  return { to, plan: options?.plan ?? false, signal: options?.signal }
}

/** The error for a migration that cannot be, or was not, carried out. */
export function migrationError(message: string, name: string, cause?: unknown): PersistError {
  return new PersistError("ERR_PERSIST_MIGRATION", message, {
    ...(cause !== undefined && { cause }),
    details: { migration: name },
  })
}
