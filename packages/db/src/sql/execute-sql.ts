import { PersistError } from "@persist/core"
import type { QueryResult } from "kysely"
import type { EngineName } from "../engines/engine.ts"
import { shortInteger } from "../engines/server/bind.ts"
import { StatementCache } from "../engines/statement-cache.ts"
import type { StatementRunner } from "../session/statement-runner.ts"
import { bindStatement, joined } from "./bind-statement.ts"
import { beginsWith } from "./first-word.ts"
import { type ParameterStyle, type ParsedStatement, parseStatements } from "./parsed-statement.ts"
import { valueMark } from "./tokens.ts"

/**
 * What follows the SQL text: an object for `:name`, an array for `?`, or nothing; after a template
 * literal its values.
 */
export type SqlParameters = readonly unknown[]

/** What one statement did; of several, the last. */
export interface SqlResult<Row> {
  /** The rows, for a statement that returns some. */
  readonly rows: Row[]
  /** How many rows were inserted, updated or deleted. */
  readonly changes: number
  /** The row id that SQLite or MySQL gave a row that the statement has inserted; after an upsert SQLite does not tell. */
  readonly insertId?: number | bigint
}

interface Parsed {
  readonly statements: readonly ParsedStatement[]
  /** Every parameter of theirs: names, or positions. */
  readonly parameters: ReadonlySet<string | number>
  /** The text of the only statement, with the engine's marks. */
  readonly sql: string
  readonly single: ParsedStatement | undefined
}

const changesSchema = beginsWith("create|alter|drop|rename|truncate")

/** Runs SQL text with its parameters; what was parsed once is remembered. */
export class StatementText {
  readonly #engine: EngineName
  readonly #caches: Readonly<Record<ParameterStyle, StatementCache<Parsed>>>
  readonly #templates = new WeakMap<TemplateStringsArray, Parsed>()
  readonly #together: <T>(work: () => Promise<T>) => Promise<T>

  /** `together` runs several statements as one step. */
  constructor(engine: EngineName, together: <T>(work: () => Promise<T>) => Promise<T>) {
    this.#engine = engine
    this.#together = together
    const cache = () => new StatementCache<Parsed>(1000)
    this.#caches = { none: cache(), named: cache(), positional: cache(), template: cache() }
  }

  async execute<Row>(
    runner: StatementRunner,
    text: string | TemplateStringsArray,
    given: SqlParameters,
  ): Promise<SqlResult<Row>> {
    const isTemplate = Array.isArray(text)
    if (!isTemplate && typeof text !== "string") throw noText()
    if (!isTemplate && given.length > 1) throw tooManyArguments()
    const parameters = isTemplate ? given : given[0]
    const parsed = isTemplate ? this.#template(text) : this.#parse(text, styleOf(parameters))
    const { single } = parsed
    if (single === undefined) {
      const several = () => this.#several<Row>(runner, parsed, parameters)
      return this.#isAtomic(parsed) ? this.#together(several) : several()
    }
    const values = valuesOf(parsed, single, parameters)
    if (!values.some(Array.isArray)) return result(await runner.run<Row>(parsed.sql, values))
    const bound = bindStatement(single, values, this.#engine)
    return result(await runner.run<Row>(bound.sql, bound.values))
  }

  async #several<Row>(
    runner: StatementRunner,
    parsed: Parsed,
    parameters: unknown,
  ): Promise<SqlResult<Row>> {
    let last: QueryResult<Row> = { rows: [] }
    for (const statement of parsed.statements) {
      const values = valuesOf(parsed, statement, parameters)
      const bound = bindStatement(statement, values, this.#engine)
      last = await runner.run<Row>(bound.sql, bound.values)
    }
    return result(last)
  }

  /** MySQL commits at every change of a schema, so there such statements run one by one. */
  #isAtomic({ statements }: Parsed): boolean {
    if (this.#engine !== "mysql") return true
    return !statements.some(({ pieces }) => changesSchema.test(pieces[0]!))
  }

  #parse(sql: string, style: ParameterStyle): Parsed {
    const known = this.#caches[style].get(sql)
    if (known !== undefined) return known
    const parsed = this.#parsed(parseStatements(sql, this.#engine, style))
    this.#caches[style].set(sql, parsed)
    return parsed
  }

  #template(strings: TemplateStringsArray): Parsed {
    const known = this.#templates.get(strings)
    if (known !== undefined) return known
    const parsed = this.#parse(strings.join(valueMark), "template")
    const found = parsed.statements.reduce((sum, { parameters }) => sum + parameters.length, 0)
    if (found !== strings.length - 1) throw quotedValue()
    this.#templates.set(strings, parsed)
    return parsed
  }

  #parsed(statements: readonly ParsedStatement[]): Parsed {
    const single = statements.length === 1 ? statements[0] : undefined
    const parameters = new Set(statements.flatMap((statement) => statement.parameters))
    return {
      statements,
      parameters,
      single,
      sql: single ? joined(single.pieces, this.#engine) : "",
    }
  }
}

function result<Row>({ rows, numAffectedRows, insertId }: QueryResult<Row>): SqlResult<Row> {
  if (numAffectedRows === undefined) return { rows, changes: 0 }
  if (insertId === undefined) return { rows, changes: Number(numAffectedRows) }
  return { rows, changes: Number(numAffectedRows), insertId: shortInteger(insertId) }
}

function styleOf(parameters: unknown): ParameterStyle {
  if (parameters === undefined) return "none"
  if (Array.isArray(parameters)) return "positional"
  if (typeof parameters === "object" && parameters !== null) return "named"
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `executeSql: the parameters are ${String(parameters)}; give an array for "?" or an object for ":name".`,
  )
}

function valuesOf(
  parsed: Parsed,
  statement: ParsedStatement,
  parameters: unknown,
): readonly unknown[] {
  if (parameters === undefined) return []
  if (Array.isArray(parameters)) return positional(parsed, statement, parameters)
  return named(parsed, statement, parameters as Readonly<Record<string, unknown>>)
}

function positional(
  { statements, parameters }: Parsed,
  statement: ParsedStatement,
  given: readonly unknown[],
): readonly unknown[] {
  const wanted = parameters.size
  // PostgreSQL's own $1, $2 … are left to the database to count.
  if (wanted === 0 && statements.length === 1) return given
  if (given.length !== wanted) {
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      `executeSql: the statement has ${wanted} "?", but ${given.length} parameters are given.`,
    )
  }
  if (statements.length === 1) return given
  return statement.parameters.map((position) => given[position as number])
}

function named(
  { parameters }: Parsed,
  statement: ParsedStatement,
  given: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  for (const name in given) {
    if (parameters.has(name)) continue
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      `executeSql: the parameter "${name}" is given, but the statement has no ":${name}".`,
    )
  }
  return statement.parameters.map((name) => {
    if (Object.hasOwn(given, name)) return given[name]
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      `executeSql: the statement has ":${name}", but no parameter "${name}" is given.`,
    )
  })
}

function noText(): PersistError {
  return new PersistError("ERR_PERSIST_INVALID_ARGUMENT", "executeSql: the SQL is no string.")
}

function quotedValue(): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    "executeSql: a value of the template stands inside quotes or a comment; take the quotes away, a parameter needs none.",
  )
}

function tooManyArguments(): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    "executeSql takes the SQL and one array or object of parameters; for values in the text use it as a template tag: executeSql`…`.",
  )
}
