import { PersistError } from "@persist/core"

/** Runs what makes a change durable that has taken effect already. @throws `ERR_PERSIST_INDETERMINATE` */
export async function settled(key: string, work: readonly Promise<unknown>[]): Promise<void> {
  try {
    await Promise.all(work)
  } catch (cause) {
    throw indeterminate(key, cause)
  }
}

/** `settled` for programs that cannot wait. */
export function settledSync(key: string, work: () => void): void {
  try {
    work()
  } catch (cause) {
    throw indeterminate(key, cause)
  }
}

function indeterminate(key: string, cause: unknown): unknown {
  if (PersistError.is(cause, "ERR_PERSIST_INDETERMINATE")) return cause
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `The change of "${key}" is there, but a folder could not be synced (${(cause as Error).message}): after a power cut it may be gone. Check the disk, then repeat it.`,
    { cause, key },
  )
}

/** The error for a delete that left copies: the value is gone, so it has not simply failed. */
export function historyStays(key: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `The value of "${key}" is gone, but not all of its versions and backups could be removed (see cause). Delete it again once they can be.`,
    { cause, key },
  )
}

/** The error for a file of which nobody can tell whether its removal, which failed with `cause`, took effect. */
export function removalUnknown(path: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `${path} is there or not: its removal failed (${(cause as Error).message}), and the disk did not answer whether it took effect. Look again once it does.`,
    { cause, path },
  )
}
