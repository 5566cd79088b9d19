export {
  type Change,
  type Entry,
  type HistoryEntry,
  JsonSerializer,
  PersistError,
  type PersistErrorCode,
} from "@persist/core"
export type { DriverName } from "./connection-string.ts"
export { DatabaseStorage } from "./database-storage.ts"
export { mysqlDialect, postgresDialect, sqliteDialect } from "./dialects/dialects.ts"
export type { EngineName } from "./engines/engine.ts"
export type { SqliteDatabase } from "./engines/sqlite/sqlite-database.ts"
export type {
  MigrateOptions,
  Migration,
  MigrationReport,
  MigrationStatus,
  Migrations,
  MigrationWork,
} from "./migrations/migration.ts"
export type { BackupOptions, BackupProgress, RestoreOptions } from "./operations/operations.ts"
export type { DatabaseOptions } from "./options.ts"
export type { PoolStatistics } from "./pool/pool-statistics.ts"
export type { Session } from "./session/session.ts"
export type { SessionOptions } from "./session/session-options.ts"
export type { DatabaseTrace } from "./session/tracing.ts"
export type { SqlParameters, SqlResult } from "./sql/execute-sql.ts"
export type { TableStorage } from "./storage/table-storage.ts"
export type {
  BaseRow,
  ColumnDefinition,
  Columns,
  ColumnType,
  ColumnValues,
  KyselyTable,
  KyselyWith,
  NewRow,
  OnDelete,
  RowChanges,
  RowOf,
} from "./table/columns.ts"
export type { FindOptions, Table, UpsertOptions } from "./table/table.ts"
export { uuidv7 } from "./table/uuid.ts"
export type { Comparison, Where } from "./table/where.ts"
