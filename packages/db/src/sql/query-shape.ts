import type { OperationNode } from "kysely"

/** A query taken apart into what makes its text, and the values that stand in it. */
export interface QueryShape {
  /** Everything but the values, in a fixed order; the array is reused by the next call. */
  readonly tokens: readonly unknown[]
  readonly values: readonly unknown[]
  /** The same for equal tokens. */
  readonly hash: number
}

const mostTokens = 1000
const mostValues = 100

const list = Symbol("list")
const value = Symbol("value")
const values = Symbol("values")
const end = Symbol("end")

let tokens: unknown[] = []
let found: unknown[] = []
let hash = 0

/**
 * Takes a query apart. A hot path: one walk over the nodes, which keeps nothing that it was given but
 * the values and names.
 *
 * @returns `undefined` for a query that is too large to be worth it.
 */
export function shapeOf(node: OperationNode): QueryShape | undefined {
  tokens.length = 0
  found = []
  hash = 0
  return walk(node) ? { tokens, values: found, hash } : undefined
}

/** Keeps the tokens of the last shape: the next call gets another array. */
export function keepTokens(): readonly unknown[] {
  const kept = tokens
  tokens = []
  return kept
}

function walk(part: unknown): boolean {
  if (typeof part !== "object" || part === null) return token(part)
  if (Array.isArray(part)) {
    if (!token(list) || !token(part.length)) return false
    for (const element of part) if (!walk(element)) return false
    return true
  }
  const node = part as Record<string, unknown>
  const { kind } = node
  // What is no node of Kysely's may mean anything.
  if (typeof kind !== "string") return false
  if (kind === "ValueNode" && node.immediate !== true) {
    found.push(node.value)
    return token(value)
  }
  if (kind === "PrimitiveValueListNode") {
    const given = node.values as readonly unknown[]
    if (found.length + given.length > mostValues) return false
    for (const element of given) found.push(element)
    return token(values) && token(given.length)
  }
  for (const key in node) {
    tokens.push(key)
    if (!walk(node[key])) return false
  }
  return token(end)
}

function token(part: unknown): boolean {
  if (typeof part === "string") {
    hash = (Math.imul(hash, 31) + part.length * 7 + part.charCodeAt(0)) | 0
  } else if (typeof part === "number") {
    hash = (Math.imul(hash, 31) + part) | 0
  }
  return tokens.push(part) < mostTokens
}
