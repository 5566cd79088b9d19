import { setTimeout as sleep } from "node:timers/promises"
import type { FileSystem } from "../file-system.ts"
import { codeOf } from "../system-error.ts"

// 5, 10, 20 … 200 ms: together some four seconds, longer than scanners hold a file.
const pauses: readonly number[] = [5, 10, 20, 40, 80, ...Array<number>(20).fill(200)]
// Somebody's event loop stands still meanwhile: a second has to do.
const mostSynchronousPauses = 10

/** How a rename is to be done. */
export interface RenameRequest {
  readonly from: string
  readonly to: string
  /** Runs directly before every try; what it throws ends the rename. */
  readonly check: (() => void) | undefined
  readonly signal: AbortSignal | undefined
  /** Renaming may have to wait for data that was never synced, so let a thread wait. */
  readonly slow: boolean
}

/** Renames, trying again a bounded number of times while a code says that it can help. */
export async function renameWithRetry(
  fileSystem: FileSystem,
  request: RenameRequest,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    request.check?.()
    try {
      if (request.slow) await fileSystem.rename(request.from, request.to)
      else fileSystem.renameSync(request.from, request.to)
      return
    } catch (error) {
      if (!mayPass(fileSystem, error) || attempt === pauses.length) throw error
      if (request.signal?.aborted) throw error
    }
    await sleep(pauses[attempt])
  }
}

/** `renameWithRetry` that blocks the thread while it pauses. */
export function renameWithRetrySync(
  fileSystem: FileSystem,
  from: string,
  to: string,
  check: (() => void) | undefined,
): void {
  for (let attempt = 0; ; attempt++) {
    check?.()
    try {
      fileSystem.renameSync(from, to)
      return
    } catch (error) {
      if (!mayPass(fileSystem, error) || attempt === mostSynchronousPauses) throw error
    }
    pause(pauses[attempt]!)
  }
}

/** Blocks the thread. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

function mayPass(fileSystem: FileSystem, error: unknown): boolean {
  return fileSystem.transientRenameCodes.has(codeOf(error) ?? "")
}
