import { isAbsolute } from "node:path"
import { fileURLToPath } from "node:url"
import { PersistError } from "../persist-error.ts"

/**
 * Makes an absolute path of what a caller gave.
 *
 * @throws `ERR_PERSIST_INVALID_ARGUMENT` for anything but a non-empty string or a `file:` URL.
 */
export function toPath(path: string | URL): string {
  const plain = path instanceof URL ? pathOf(path) : path
  if (typeof plain !== "string" || plain === "" || plain.includes("\0")) throw notPath(path)
  return isAbsolute(plain) ? plain : `${process.cwd()}/${plain}`
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw notPath(url, cause)
  }
}

function notPath(path: unknown, cause?: unknown): PersistError {
  const given =
    typeof path === "string" || path instanceof URL ? JSON.stringify(String(path)) : typeof path
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `The path is ${given}; give a non-empty string without NUL, or a file: URL of this machine.`,
    cause === undefined ? {} : { cause },
  )
}
