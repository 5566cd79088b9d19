import type { EngineConnection } from "../engines/engine-connection.ts"

/** The connection that a hold and everything nested in it share, and what they know of it together. */
export class HeldConnection {
  /** `undefined` until it has been acquired. */
  current: EngineConnection | undefined
  /** Why the database gave the transaction up. */
  lost: unknown
  /** Whether a transaction was begun through a hold; asking the database costs more. */
  hasBegun = false
  #savepoints = 0
  #leavesTraces = false

  /** The name of another savepoint. */
  nextSavepoint(): string {
    return `persist_${++this.#savepoints}`
  }

  /** Looks whether something that a statement sets, locks or makes would be left on the connection. */
  watch(connection: EngineConnection, sql: string, parameters: readonly unknown[]): void {
    if (connection.leavesTraces?.(sql, parameters)) this.#leavesTraces = true
  }

  /** The holder has ended: whoever would have the connection next shall not meet what was left. */
  end(): void {
    if (this.#leavesTraces) this.current!.abandon?.()
  }
}
