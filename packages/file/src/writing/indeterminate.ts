import { PersistError } from "@persist/core"

/** Runs what makes a change durable that has taken effect already. @throws `ERR_PERSIST_INDETERMINATE` */
export async function settled(key: string, work: readonly Promise<unknown>[]): Promise<void> {
  try {
    await Promise.all(work)
  } catch (cause) {
    if (PersistError.is(cause, "ERR_PERSIST_INDETERMINATE")) throw cause
    throw new PersistError(
      "ERR_PERSIST_INDETERMINATE",
      `The change of "${key}" is there, but a folder could not be synced: after a power cut it may be gone. Check the disk, then repeat it.`,
      { cause, key },
    )
  }
}
