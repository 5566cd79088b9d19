import { beginsWith } from "../../sql/first-word.ts"
import { mayWrite } from "../server/commit-error.ts"

const selects = beginsWith("select|values|table|with")

/** Whether PostgreSQL can read the rows of a statement through a cursor: not of one that writes, or explains. */
export function allowsCursor(sql: string): boolean {
  return selects.test(sql) && !mayWrite(sql)
}
