import type { Dialect, OperationNode, SqliteQueryCompiler } from "kysely"
import { kyselyLibrary } from "../../sql/kysely-library.ts"

/** Kysely's compiler and introspection for SQLite; the connections are ours. */
export function sqliteCompiler(): Dialect {
  const { SqliteDialect } = kyselyLibrary()
  const stock = new SqliteDialect({ database: () => Promise.reject(new Error("compiles only")) })
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

const longestList = 1000

let made: (new () => SqliteQueryCompiler) | undefined

/** Long lists become one parameter: there is a limit of 32,766. */
function listCompiler(): new () => SqliteQueryCompiler {
  if (made !== undefined) return made
  const { SqliteQueryCompiler } = kyselyLibrary()
  class ListCompiler extends SqliteQueryCompiler {
    protected override visitPrimitiveValueList(
      node: Parameters<SqliteQueryCompiler["visitPrimitiveValueList"]>[0],
    ): void {
      const { values } = node as ListNode
      if (values.length <= longestList || !values.every(isPlain)) {
        super.visitPrimitiveValueList(node)
        return
      }
      this.append("(select value from json_each(")
      this.appendValue(JSON.stringify(values))
      this.append("))")
    }
  }
  made = ListCompiler
  return made
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value))
}
