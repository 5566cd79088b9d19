import { PersistError, type StageFileOptions, writeFileAtomicSync } from "@persist/atomic"

/** How a file at this path, absolute, is staged. */
export type Staging = (path: string) => StageFileOptions

/** Writes a file of the storage's own that must be there before a value takes effect. */
export function writeBefore(path: string, text: string, options: StageFileOptions): void {
  try {
    writeFileAtomicSync(path, text, options)
  } catch (error) {
    // The file may not last, but the value has not changed yet: nothing is indeterminate.
    throw PersistError.is(error, "ERR_PERSIST_INDETERMINATE") ? error.cause : error
  }
}
