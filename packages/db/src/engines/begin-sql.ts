import type { EngineName } from "./engine.ts"
import type { BeginSettings } from "./engine-connection.ts"

const sqlite = {
  immediate: ["begin immediate"],
  deferred: ["begin deferred"],
  exclusive: ["begin exclusive"],
}

/** The statements that begin a transaction. */
export function beginSql(engine: EngineName, settings: BeginSettings): readonly string[] {
  const { isolationLevel, readOnly, readWrite, mode = "immediate" } = settings
  if (engine === "sqlite") return sqlite[readOnly ? "deferred" : mode]
  const modes: string[] = []
  if (isolationLevel !== undefined) {
    modes.push(
      `isolation level ${isolationLevel === "snapshot" ? "repeatable read" : isolationLevel}`,
    )
  }
  if (readOnly) modes.push("read only")
  else if (readWrite) modes.push("read write")
  if (modes.length === 0) return ["begin"]
  if (engine === "mysql") return [`set transaction ${modes.join(", ")}`, "begin"]
  return [`start transaction ${modes.join(" ")}`]
}
