import { PersistError } from "@persist/core"

/** Imports an optional driver. @throws `ERR_PERSIST_MISSING_DRIVER` with the command that installs it. */
export async function loadDriver<T>(name: string, load: () => Promise<unknown>): Promise<T> {
  try {
    return (await load()) as T
  } catch (cause) {
    const isMissing =
      cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND"
    if (!isMissing || !cause.message.includes(name)) throw cause
    throw new PersistError(
      "ERR_PERSIST_MISSING_DRIVER",
      `This database needs the driver "${name}", which is not installed; run: npm install ${name}`,
      { cause },
    )
  }
}
