import type { CompiledQuery, QueryCompiler, QueryId, RootOperationNode } from "kysely"
import { type QueryShape, shapeOf } from "./query-shape.ts"

interface Known {
  readonly tokens: readonly unknown[]
  readonly sql: string
  /** Where each parameter stands among the shape's values; `undefined` for the same order. */
  readonly order: readonly number[] | undefined
}

const mostQueries = 1000

/**
 * Kysely's compiler with a memory: a query that differs from an earlier one only in its values gets
 * the text of that one. The text is one string for all of them, which what comes after finds faster.
 */
export class CompiledQueries implements QueryCompiler {
  readonly #compiler: QueryCompiler
  #known = new Map<number, Known[]>()
  #size = 0

  constructor(compiler: QueryCompiler) {
    this.#compiler = compiler
  }

  compileQuery(query: RootOperationNode, queryId: QueryId): CompiledQuery {
    const shape = shapeOf(query)
    if (shape === undefined) return this.#compiler.compileQuery(query, queryId)
    const known = this.#find(shape)
    if (known === undefined) return this.#learn(query, queryId, shape)
    const { sql, order } = known
    const { values } = shape
    const parameters = order === undefined ? values : order.map((position) => values[position])
    return { query, queryId, sql, parameters }
  }

  #find(shape: QueryShape): Known | undefined {
    const candidates = this.#known.get(shape.hash)
    if (candidates === undefined) return undefined
    for (const known of candidates) if (isSame(known.tokens, shape)) return known
    return undefined
  }

  #learn(query: RootOperationNode, queryId: QueryId, shape: QueryShape): CompiledQuery {
    const { hash, values } = shape
    const tokens = shape.tokens.slice(0, shape.size)
    const compiled = this.#compiler.compileQuery(query, queryId)
    const order = orderOf(compiled.parameters, values)
    if (order === undefined) return compiled
    if (this.#size++ >= mostQueries) {
      this.#known = new Map()
      this.#size = 1
    }
    const known = { tokens, sql: compiled.sql, order: isIdentity(order) ? undefined : order }
    this.#known.set(hash, [...(this.#known.get(hash) ?? []), known])
    return compiled
  }
}

/**
 * Where each parameter comes from; `undefined` when that cannot be told, because the compiler made
 * something else of a value or two values are equal: then another query of the shape will tell.
 */
function orderOf(
  parameters: readonly unknown[],
  values: readonly unknown[],
): readonly number[] | undefined {
  if (parameters.length !== values.length) return undefined
  const positions = new Map(values.map((value, index) => [value, index]))
  if (positions.size !== values.length) return undefined
  const order: number[] = []
  for (const parameter of parameters) {
    const position = positions.get(parameter)
    if (position === undefined) return undefined
    order.push(position)
  }
  return order
}

function isIdentity(order: readonly number[]): boolean {
  return order.every((position, index) => position === index)
}

function isSame(known: readonly unknown[], { tokens, size }: QueryShape): boolean {
  if (known.length !== size) return false
  for (let index = 0; index < size; index++) if (known[index] !== tokens[index]) return false
  return true
}
