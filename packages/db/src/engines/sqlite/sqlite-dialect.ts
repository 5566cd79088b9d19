import type { Dialect, DialectAdapter, OperationNode, SqliteQueryCompiler } from "kysely"
import { kyselyLibrary } from "../../sql/kysely-library.ts"
import { longList } from "./long-list.ts"

/** Kysely's compiler and introspection for SQLite; the connections are ours. */
export function sqliteCompiler(): Dialect {
  const { SqliteDialect } = kyselyLibrary()
  const stock = new SqliteDialect({ database: () => Promise.reject(new Error("compiles only")) })
  return {
    createDriver: () => stock.createDriver(),
    createAdapter: () => ableAdapter(stock.createAdapter()),
    createIntrospector: (database) => stock.createIntrospector(database),
    createQueryCompiler: () => new (listCompiler())(),
  }
}

/** Kysely's own adapter, but without its lock around SQLite and with transactions for schemas. */
function ableAdapter(adapter: DialectAdapter): DialectAdapter {
  return Object.create(adapter, {
    supportsMultipleConnections: { value: true },
    supportsTransactionalDdl: { value: true },
  }) as DialectAdapter
}

interface ListNode extends OperationNode {
  readonly values: readonly unknown[]
}

let made: (new () => SqliteQueryCompiler) | undefined

/** Long lists become one parameter: SQLite takes no more than 32,766. */
function listCompiler(): new () => SqliteQueryCompiler {
  if (made !== undefined) return made
  const { SqliteQueryCompiler } = kyselyLibrary()
  class ListCompiler extends SqliteQueryCompiler {
    protected override visitPrimitiveValueList(
      node: Parameters<SqliteQueryCompiler["visitPrimitiveValueList"]>[0],
    ): void {
      const list = longList((node as ListNode).values)
      if (list === undefined) {
        super.visitPrimitiveValueList(node)
        return
      }
      this.append(`(${list.sql[0]}`)
      this.appendValue(list.value)
      this.append(`${list.sql[1]})`)
    }
  }
  made = ListCompiler
  return made
}
