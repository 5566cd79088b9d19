import type { Dialect, OperationNode, PostgresQueryCompiler } from "kysely"
import { kyselyLibrary } from "../../sql/kysely-library.ts"
import { longestList } from "../../sql/longest-list.ts"

/** Kysely's compiler and introspection for PostgreSQL; the connections are ours. */
export function postgresCompiler(): Dialect {
  const { PostgresDialect } = kyselyLibrary()
  const stock = new PostgresDialect({ pool: () => Promise.reject(new Error("compiles only")) })
  return {
    createDriver: () => stock.createDriver(),
    createAdapter: () => stock.createAdapter(),
    createIntrospector: (database) => stock.createIntrospector(database),
    createQueryCompiler: () => new (listCompiler())(),
  }
}

interface ListNode extends OperationNode {
  readonly values: readonly unknown[]
}

let made: (new () => PostgresQueryCompiler) | undefined

/** Long lists become one array: PostgreSQL takes no more than 65,535 parameters. */
function listCompiler(): new () => PostgresQueryCompiler {
  if (made !== undefined) return made
  const { PostgresQueryCompiler } = kyselyLibrary()
  class ListCompiler extends PostgresQueryCompiler {
    protected override visitBinaryOperation(
      node: Parameters<PostgresQueryCompiler["visitBinaryOperation"]>[0],
    ): void {
      const operator = (node.operator as { operator?: string }).operator
      const list = node.rightOperand as ListNode
      const isLong =
        (operator === "in" || operator === "not in") &&
        list.kind === "PrimitiveValueListNode" &&
        list.values.length > longestList
      if (!isLong) {
        super.visitBinaryOperation(node)
        return
      }
      this.visitNode(node.leftOperand)
      this.append(operator === "in" ? " = any(" : " <> all(")
      this.appendValue([...list.values])
      this.append(")")
    }
  }
  made = ListCompiler
  return made
}
