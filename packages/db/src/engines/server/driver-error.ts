import { PersistError } from "@persist/core"
import { isError } from "@persist/core/options"

const codes: readonly unknown[] = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]

/**
 * What to throw when the `import()` of an optional driver failed: `ERR_PERSIST_MISSING_DRIVER` with the command
 * that installs it, or what is wrong with it. The import itself stands in a `try` where it is needed: so bundlers
 * know that the driver may be missing, and build without it.
 */
export function driverError(name: string, cause: unknown): unknown {
  const isMissing = isError(cause) && "code" in cause && codes.includes(cause.code)
  if (!isMissing || !cause.message.includes(name)) return cause
  return new PersistError(
    "ERR_PERSIST_MISSING_DRIVER",
    `This database needs the driver "${name}", which is not installed; run: npm install ${name}`,
    { cause },
  )
}
