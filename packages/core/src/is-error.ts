import { types } from "node:util"

/**
 * Whether `value` is an error, whoever made it. In a context of its own, as Jest and others run tests in, `Error`
 * is another than that of Node, whose errors (of the file system, of sockets) are then no instances of it.
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}
