import { PersistError } from "@persist/core"
import type { EngineName } from "../engines/engine.ts"
import { withoutRace } from "../errors/creation-race.ts"
import type { StatementRunner } from "../session/statement-runner.ts"
import { quoteName } from "../sql/quote-name.ts"
import { migrationError } from "./migration.ts"
import type { AppliedMigration } from "./migration-plan.ts"

const name = "persist_migrations"

/** PostgreSQL's first schema, and what it was chosen by: a path may name the role's own. */
interface Place {
  readonly schema: string | null
  readonly path: string
  readonly role: string
}

const askPlace =
  "select current_schema()::text as schema, current_setting('search_path') as path, current_user::text as role"

/** The table of the migrations that a database has had. */
export class AppliedList {
  readonly #engine: EngineName
  readonly #runner: StatementRunner
  #place: Place | undefined

  constructor(engine: EngineName, runner: StatementRunner) {
    this.#engine = engine
    this.#runner = runner
  }

  /** What was applied; nothing where the table is not there. */
  async read(): Promise<AppliedMigration[]> {
    if (!(await this.#isThere())) return []
    const sql = `select name, checksum, applied_at from ${await this.#table()}`
    type Row = { name: string; checksum: string; applied_at: number | bigint }
    const { rows } = await this.#runner.run<Row>(sql, []).catch((error: unknown) => {
      if (PersistError.is(error, "ERR_PERSIST_NO_TABLE")) return { rows: [] }
      throw error
    })
    return rows.map(({ name, checksum, applied_at }) => ({
      name,
      checksum,
      appliedAt: new Date(Number(applied_at)),
    }))
  }

  async create(): Promise<void> {
    const isMysql = this.#engine === "mysql"
    const text = isMysql ? "varchar(190) character set utf8mb4 collate utf8mb4_bin" : "text"
    const hash = isMysql ? "varchar(200) character set ascii" : "varchar(200)"
    const sql = `create table if not exists ${await this.#table()} (name ${text} not null primary key, checksum ${hash} not null, applied_at bigint not null)`
    await withoutRace(async () => {
      await this.#runner.run(sql, [])
    })
  }

  async add(migration: string, checksum: string): Promise<void> {
    await this.#assertIsFirst(migration)
    await this.#runner.run(
      `insert into ${await this.#table()} (name, checksum, applied_at) values (${this.#mark(1)}, ${this.#mark(2)}, ${this.#mark(3)})`,
      [migration, checksum, Date.now()],
    )
  }

  async remove(migration: string): Promise<void> {
    await this.#runner.run(`delete from ${await this.#table()} where name = ${this.#mark(1)}`, [
      migration,
    ])
  }

  #mark(position: number): string {
    return this.#engine === "postgres" ? `$${position}` : "?"
  }

  /** Each schema of PostgreSQL has a list of its own: the one where it was first, whatever a migration sets. */
  async #table(): Promise<string> {
    if (this.#engine !== "postgres") return name
    const { schema } = await this.#foundPlace()
    return schema === null ? name : `${quoteName(schema)}.${name}`
  }

  async #foundPlace(): Promise<Place> {
    this.#place ??= (await this.#runner.run<Place>(askPlace, [])).rows[0]!
    return this.#place
  }

  /** Asked where a select from a missing table would be the end of the session around. */
  async #isThere(): Promise<boolean> {
    if (this.#engine !== "postgres") return true
    const sql = "select to_regclass($1) is not null as there"
    return (await this.#runner.run<{ there: boolean }>(sql, [await this.#table()])).rows[0]!.there
  }

  /** A schema that a migration has made may come first from then on, and nobody would find this list again. */
  async #assertIsFirst(migration: string): Promise<void> {
    if (this.#engine !== "postgres") return
    const before = await this.#foundPlace()
    const now = (await this.#runner.run<Place>(askPlace, [])).rows[0]!
    if (now.path !== before.path || now.role !== before.role) return
    if (now.schema === before.schema) return
    throw migrationError(
      `Migration "${migration}" put the schema "${now.schema}" first in the search_path (${now.path}), before "${before.schema}", which has the list of applied migrations: that would not be found again. Make the schema before you migrate, or choose a search_path that does not begin with it.`,
      migration,
    )
  }
}
