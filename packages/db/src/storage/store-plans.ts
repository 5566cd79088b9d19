import {
  checkFence,
  type DeleteRequest,
  type Entry,
  PersistError,
  type StoredValue,
  storedKey,
  type WriteRequest,
} from "@persist/core"
import type { QueryResult } from "kysely"
import { uuidv7 } from "../table/uuid.ts"
import { HistoryPlans } from "./history-plans.ts"
import type { Plan, PlanRow, Step } from "./plan.ts"
import type { Creation } from "./store-access.ts"
import { type StoreTables, storedValue } from "./store-tables.ts"

const valueColumns = ["format", "revision", "saved_at", "expires_at", "bytes"] as const
const columnsWithFence = [...valueColumns, "fence"] as const
const empty = new Uint8Array(0)

/** What a plan comes to when somebody else wrote after it had looked; nothing is written then. */
export const lostRace: unique symbol = Symbol("lost race")
export type LostRace = typeof lostRace

/** What is to be in a row, in the order of `columnsWithFence`. */
type RowValues = readonly [
  format: string,
  revision: string,
  savedAt: number,
  expiresAt: number | null,
  bytes: Uint8Array,
  fence: unknown,
]

/** What a `TableStorage` asks of the value of a key. */
export class StorePlans {
  readonly creation: Creation
  readonly history: HistoryPlans
  readonly #tables: StoreTables
  readonly #sql: Readonly<Record<"read" | "replace" | "insert" | "update", string>>

  constructor(tables: StoreTables) {
    const { dialect, values: table } = tables
    const { idColumn: id, mark, insert } = dialect
    this.#tables = tables
    this.history = new HistoryPlans(tables)
    const look = dialect.look?.(tables.name, `${tables.name}_history`)
    const { lock } = dialect
    this.creation = { statements: dialect.create(table, tables.history), look, lock }
    const keys = id === "name" ? [id] : [id, "name"]
    const into = (columns: readonly string[]) => {
      const all = [...keys, ...columns]
      const marks = all.map((_, index) => mark(index + 1)).join(", ")
      return `into ${table} (${all.join(", ")}) values (${marks})`
    }
    const sets = columnsWithFence.map((column, index) => `${column} = ${mark(index + 1)}`)
    this.#sql = {
      read: `select ${columnsWithFence.join(", ")} from ${table} where ${id} = ${mark(1)}`,
      replace: `insert ${into(valueColumns)}${dialect.orReplace(valueColumns)}`,
      insert: `${insert} ${into(columnsWithFence)}${dialect.orNothing}`,
      update: `update ${table} set ${sets.join(", ")} where ${id} = ${mark(7)} and revision = ${mark(8)}`,
    }
  }

  *read(key: string): Plan<StoredValue | undefined> {
    return this.readResult(key, yield this.readStep(key))
  }

  /** `read` of what is committed now, whatever the session has seen, and nobody else changes before its end. */
  *readToUpdate(key: string): Plan<StoredValue | undefined> {
    return this.readResult(key, yield this.#lockStep(key))
  }

  /** The one statement of `read`, for the hot path. */
  readStep(key: string): Step {
    return { sql: this.#sql.read, values: [this.#tables.idOf(key)] }
  }

  readResult(key: string, { rows }: QueryResult<PlanRow>): StoredValue | undefined {
    const row = rows[0]
    return row === undefined || this.#tables.isExpired(row) ? undefined : storedValue(key, row)
  }

  /** A write that looks at nothing before: one statement. A fence that the key has stays. */
  *replace(key: string, bytes: Uint8Array, request: WriteRequest): Plan<Entry> {
    const entry = this.#newEntry(key, bytes, request, undefined)
    const values = rowValues(bytes, entry).slice(0, valueColumns.length)
    yield { sql: this.#sql.replace, values: [...this.#keys(key), ...values] }
    return entry
  }

  /** A write that checks the fence or the revision or keeps copies; needs a transaction. */
  *write(key: string, bytes: Uint8Array, request: WriteRequest): Plan<Entry | LostRace> {
    const { version, retention } = request
    const current = yield* this.#current(key, request)
    const entry = this.#newEntry(key, bytes, request, current)
    const backup = yield* this.#backUp(key, current, request)
    const { numAffectedRows = 0n } = yield this.#store(key, rowValues(bytes, entry), current)
    if (numAffectedRows === 0n) return lostRace
    if (version !== undefined) yield this.history.keep(key, version, "version", bytes, entry)
    yield* this.history.expire(key, { version, backup, retention })
    return {
      ...entry,
      ...(backup !== undefined && { backup }),
      ...(version !== undefined && { version }),
    }
  }

  /**
   * Leaves a tombstone: a row that has expired, with a revision of its own, so that a watcher who saw
   * neither the value nor its end still learns of the end. Needs a transaction.
   */
  *delete(key: string, request: DeleteRequest): Plan<boolean | LostRace> {
    const current = yield* this.#current(key, request)
    const backup = yield* this.#backUp(key, current, request)
    const isLive = current !== undefined && !this.#tables.isExpired(current)
    if (isLive || request.fence !== undefined) {
      const now = this.#tables.clock()
      // Where nothing was, nothing has ended: the row without a revision only holds the fence.
      const revision = isLive ? uuidv7() : ((current?.revision as string | undefined) ?? "")
      const fence = request.fence ?? current?.fence ?? null
      const step = this.#store(key, ["", revision, now, -now, empty, fence], current)
      const { numAffectedRows = 0n } = yield step
      if (numAffectedRows === 0n) return lostRace
    }
    if (request.history) yield this.history.clear(key)
    else {
      const { retention } = request
      yield* this.history.expire(key, { version: undefined, backup, retention })
    }
    return isLive
  }

  *#current(
    key: string,
    { fence, ifRevision }: Pick<WriteRequest, "fence" | "ifRevision">,
  ): Plan<PlanRow | undefined> {
    const { rows } = yield this.#lockStep(key)
    const row = rows[0]
    if (row?.fence != null) checkFence(key, fence, Number(row.fence))
    if (ifRevision === undefined) return row
    const live = row === undefined || this.#tables.isExpired(row) ? null : (row.revision as string)
    if (live !== ifRevision) throw conflict(key, { expected: ifRevision, actual: live })
    return row
  }

  #lockStep(key: string): Step {
    const sql = this.#sql.read + this.#tables.dialect.forUpdate
    return { sql, values: [this.#tables.idOf(key)] }
  }

  *#backUp(
    key: string,
    current: PlanRow | undefined,
    { backup, isValid }: WriteRequest | DeleteRequest,
  ): Plan<string | undefined> {
    if (backup === undefined || current === undefined) return undefined
    if (this.#tables.isExpired(current)) return undefined
    const { bytes, entry } = storedValue(key, current)
    if (!isValid(bytes, entry.format)) return undefined
    yield this.history.keep(key, backup, "backup", bytes, entry)
    return backup
  }

  #store(key: string, values: RowValues, current: PlanRow | undefined): Step {
    if (current === undefined) {
      return { sql: this.#sql.insert, values: [...this.#keys(key), ...values] }
    }
    return { sql: this.#sql.update, values: [...values, this.#tables.idOf(key), current.revision] }
  }

  #keys(key: string): unknown[] {
    const name = this.#tables.dialect.nameOf(storedKey(key))
    return [this.#tables.idOf(key), ...(name === undefined ? [] : [name])]
  }

  #newEntry(
    key: string,
    bytes: Uint8Array,
    { format, expiresAt, fence }: WriteRequest,
    current: PlanRow | undefined,
  ): Entry {
    const mark = fence ?? current?.fence ?? undefined
    return {
      key,
      size: bytes.byteLength,
      revision: uuidv7(),
      savedAt: new Date(this.#tables.clock()),
      format,
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
      ...(mark !== undefined && { fence: Number(mark) }),
    }
  }
}

function rowValues(bytes: Uint8Array, entry: Entry): RowValues {
  const { format, revision, savedAt, expiresAt, fence } = entry
  return [format, revision, savedAt.getTime(), expiresAt?.getTime() ?? null, bytes, fence ?? null]
}

/** The error for a key that is not as the caller believes; `details` has both revisions, where they are known. */
export function conflict(
  key: string,
  details?: { readonly expected: string | null; readonly actual: string | null },
): PersistError {
  return new PersistError(
    "ERR_PERSIST_CONFLICT",
    `"${key}" was changed by somebody else in between; load it again and repeat the change.`,
    { key, ...(details && { details }) },
  )
}
