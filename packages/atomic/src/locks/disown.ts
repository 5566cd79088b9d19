import type { FileSystem } from "../file-system.ts"
import { codeOf, quietly } from "../system-error.ts"

const noRecord: Uint8Array = Buffer.from("-")

/** A lock file that this process made, open. */
export interface OwnFile {
  readonly fileSystem: FileSystem
  readonly descriptor: number
  /** Milliseconds. */
  readonly heartbeat: number
}

/**
 * Has a lock file name nobody. Should it be in place after all, it must not name a living process, for which others
 * would wait until it ends: what names nobody is taken over soon.
 *
 * @returns Whether it does, or is gone.
 */
export function disown({ fileSystem, descriptor }: OwnFile): boolean {
  try {
    fileSystem.writeSync(descriptor, noRecord, 0, 1, 0)
    return true
  } catch (error) {
    // What a network file system says of a file that others have removed.
    return codeOf(error) === "ESTALE"
  }
}

/** Has a lock file name nobody, and closes it; where the disk does not answer, as soon as it does again. */
export function letGo(file: OwnFile): void {
  const { fileSystem, descriptor, heartbeat } = file
  const close = () => quietly(() => fileSystem.closeSync(descriptor))
  if (disown(file)) {
    close()
    return
  }
  const timer = setInterval(() => {
    if (!disown(file)) return
    clearInterval(timer)
    close()
  }, heartbeat)
  timer.unref()
}
