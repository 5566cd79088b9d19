import { types } from "node:util"

/** Whether `value` is a date, whoever made it: in a context of its own, as of Jest, `Date` is another than Node's. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date || types.isDate(value)
}
