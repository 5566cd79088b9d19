import { tracingChannel } from "node:diagnostics_channel"

/** What subscribers of `persist:database:statement` and `persist:database:session` receive. */
export interface DatabaseTrace {
  /** Where the database is, without credentials. */
  readonly database: string
  /** The statement, without its parameters; for a session its name. */
  readonly text: string
}

const statements = tracingChannel<DatabaseTrace>("persist:database:statement")
const sessions = tracingChannel<DatabaseTrace>("persist:database:session")

/** Whether anybody listens to statements; asked before a trace is made. */
export function tracesStatements(): boolean {
  return statements.hasSubscribers
}

/** Runs a statement inside its tracing channel. */
export function tracedStatement<T>(trace: DatabaseTrace, work: () => Promise<T>): Promise<T> {
  return statements.tracePromise(work, trace)
}

/** Whether anybody listens to sessions; asked before a trace is made. */
export function tracesSessions(): boolean {
  return sessions.hasSubscribers
}

/** Runs a session inside its tracing channel. */
export function tracedSession<T>(trace: DatabaseTrace, work: () => Promise<T>): Promise<T> {
  return sessions.tracePromise(work, trace)
}
