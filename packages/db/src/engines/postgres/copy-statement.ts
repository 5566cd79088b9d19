import { PersistError } from "@persist/core"
import { beginsWith } from "../../sql/first-word.ts"

const copies = beginsWith("copy")
const throughConnection = /\b(?:from\s+stdin|to\s+stdout)\b/i

/** The rows of such a statement travel beside it, where nobody gives or takes them: what comes would be lost, or the connection. */
export function assertNoCopy(sql: string): void {
  if (!copies.test(sql) || !throughConnection.test(sql)) return
  throw new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    "copy from stdin and to stdout send rows beside the statement, which is not possible here; use insertMany and stream, or pg-copy-streams on a client of your own.",
  )
}
