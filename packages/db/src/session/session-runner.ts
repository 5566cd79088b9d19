import type { DatabaseConnection, QueryResult } from "kysely"
import type { Hold } from "./hold.ts"
import type { Sessions } from "./sessions.ts"
import type { StatementRunner } from "./statement-runner.ts"

/** Runs statements in one session, or in one nested in it when the caller is in that. */
export class SessionRunner implements StatementRunner {
  readonly #sessions: Sessions
  readonly #hold: Hold

  constructor(sessions: Sessions, hold: Hold) {
    this.#sessions = sessions
    this.#hold = hold
  }

  run<R>(
    sql: string,
    parameters: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<QueryResult<R>> {
    return this.#sessions.runIn(this.#sessions.innermost(this.#hold), sql, parameters, signal)
  }

  stream<R>(
    sql: string,
    parameters: readonly unknown[],
    chunkSize: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<QueryResult<R>> {
    return this.#sessions.innermost(this.#hold).stream(sql, parameters, chunkSize, signal)
  }

  provide<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    return this.#sessions.provideIn(this.#sessions.innermost(this.#hold), consumer)
  }
}
