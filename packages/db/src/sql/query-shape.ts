import type { OperationNode } from "kysely"

/** A query taken apart into what makes its text, and the values that stand in it. */
export interface QueryShape {
  /** Everything but the values, in a fixed order: as many as `size`. The next call reuses the array. */
  readonly tokens: readonly unknown[]
  readonly size: number
  readonly values: readonly unknown[]
  /** The same for equal tokens. */
  readonly hash: number
}

const mostTokens = 1000
const mostValues = 100

const list = Symbol("list")
const end = Symbol("end")

/** What the nodes of Kysely that are told apart here hold. */
interface AnyNode {
  readonly kind?: unknown
  readonly name?: unknown
  readonly operator?: unknown
  readonly schema?: unknown
  readonly identifier?: unknown
  readonly table?: unknown
  readonly column?: unknown
  readonly selection?: unknown
  readonly leftOperand?: unknown
  readonly rightOperand?: unknown
  readonly where?: unknown
  readonly froms?: unknown
  readonly values?: unknown
  readonly value?: unknown
  readonly immediate?: unknown
}

// Never shortened: an array that grows anew at each call costs more than all the rest.
const tokens: unknown[] = []
let size = 0
let found: unknown[] = []
let hash = 0

/**
 * Takes a query apart. A hot path: one walk over the nodes, which keeps nothing that it was given but
 * the values and names.
 *
 * @returns `undefined` for a query that is too large to be worth it.
 */
export function shapeOf(node: OperationNode): QueryShape | undefined {
  size = 0
  found = []
  hash = 0
  return walk(node) ? { tokens, size, values: found, hash } : undefined
}

function walk(part: unknown): boolean {
  if (typeof part !== "object" || part === null) return token(part)
  if (Array.isArray(part)) {
    if (!token(list) || !token(part.length)) return false
    for (const element of part) if (!walk(element)) return false
    return true
  }
  const node = part as AnyNode
  const { kind } = node
  // What is no node of Kysely's may mean anything.
  if (typeof kind !== "string" || !token(kind)) return false
  // The most frequent nodes one by one: reading the properties of any object takes ten times as long.
  switch (kind) {
    case "IdentifierNode":
      return token(node.name)
    case "OperatorNode":
      return token(node.operator)
    case "SelectAllNode":
      return true
    case "SchemableIdentifierNode":
      return walk(node.schema) && walk(node.identifier)
    case "TableNode":
      return walk(node.table)
    case "ColumnNode":
      return walk(node.column)
    case "ReferenceNode":
      return walk(node.table) && walk(node.column)
    case "SelectionNode":
      return walk(node.selection)
    case "BinaryOperationNode":
      return walk(node.leftOperand) && walk(node.operator) && walk(node.rightOperand)
    case "WhereNode":
      return walk(node.where)
    case "FromNode":
      return walk(node.froms)
    case "ValuesNode":
      return walk(node.values)
    case "ValueNode":
      if (node.immediate === true) return token(node.immediate) && walkImmediate(node.value)
      found.push(node.value)
      return token(false)
    case "PrimitiveValueListNode": {
      const given = node.values as readonly unknown[]
      if (found.length + given.length > mostValues) return false
      for (const element of given) found.push(element)
      return token(given.length)
    }
    default:
      return walkProperties(node)
  }
}

function walkProperties(node: AnyNode): boolean {
  for (const key in node) {
    tokens[size++] = key
    if (!walk(node[key as keyof AnyNode])) return false
  }
  return token(end)
}

function walkImmediate(value: unknown): boolean {
  return (typeof value !== "object" || value === null) && token(value)
}

function token(part: unknown): boolean {
  if (typeof part === "string") {
    hash = (Math.imul(hash, 31) + part.length * 7 + part.charCodeAt(0)) | 0
  } else if (typeof part === "number") {
    hash = (Math.imul(hash, 31) + part) | 0
  }
  tokens[size++] = part
  return size < mostTokens
}
