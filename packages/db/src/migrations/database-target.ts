import type { Engine } from "../engines/engine.ts"
import { Session } from "../session/session.ts"
import { readSessionOptions } from "../session/session-options.ts"
import type { Sessions } from "../session/sessions.ts"
import type { StatementText } from "../sql/execute-sql.ts"
import type { MigrationTarget } from "./migrator.ts"
import { recording } from "./recording.ts"

const settings = readSessionOptions({ name: "a migration" })

/** A database as its migrator sees it. */
export function databaseTarget<Schema>(
  engine: Engine,
  sessions: Sessions,
  text: StatementText,
  timeout: number | undefined,
): MigrationTarget<Schema> {
  return {
    engine: engine.name,
    runner: sessions,
    timeout,
    transact: (work, signal) =>
      sessions.session(
        (hold) => work(new Session<Schema>(engine.dialect, sessions.within(hold), text)),
        { ...settings, signal },
      ),
    hold: (work, signal) =>
      sessions.held((hold) => {
        const { recorded, executed } = recording(sessions.within(hold))
        return work(new Session<Schema>(engine.dialect, recorded, text), executed)
      }, signal),
  }
}
