import {
  PersistError,
  type StageFileOptions,
  type WriteFileAtomicOptions,
  writeFileAtomic,
  writeFileAtomicSync,
} from "@persist/atomic"

/** How a file at this path, absolute, is staged. */
export type Staging = (path: string) => StageFileOptions

/** Writes a file of the storage's own that must be there before a value takes effect. */
export async function writeBefore(
  path: string,
  text: string,
  options: StageFileOptions,
): Promise<void> {
  try {
    await writeFileAtomic(path, text, options)
  } catch (error) {
    throw determinate(error)
  }
}

/** `writeBefore` for programs that cannot wait. */
export function writeBeforeSync(path: string, text: string, options: WriteFileAtomicOptions): void {
  try {
    writeFileAtomicSync(path, text, options)
  } catch (error) {
    throw determinate(error)
  }
}

/** The error for a file that had to be there first: it may not last, but the value has not changed, so nothing is indeterminate. */
export function determinate(error: unknown): unknown {
  return PersistError.is(error, "ERR_PERSIST_INDETERMINATE") ? error.cause : error
}
