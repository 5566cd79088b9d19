import { type FSWatcher, realpathSync, statSync, watch } from "node:fs"
import { dirname } from "node:path"

interface Watched {
  readonly watcher: FSWatcher
  /** Which folder it is: another one may have taken its name. */
  readonly identity: string
}

/** Watches the folders of files, and of what links lead to: those that they are in now and no other. */
export class WatchedFolders {
  readonly #watched = new Map<string, Watched>()
  readonly #listener: () => void

  constructor(listener: () => void) {
    this.#listener = listener
  }

  /** Watches the folders of these files from now on. */
  watch(paths: readonly string[]): void {
    const folders = new Set(paths.flatMap((path) => [dirname(path), ...targetFolder(path)]))
    for (const [folder, { identity }] of this.#watched) {
      if (!folders.has(folder) || identityOf(folder) !== identity) this.#leave(folder)
    }
    for (const folder of folders) if (!this.#watched.has(folder)) this.#enter(folder)
  }

  close(): void {
    for (const folder of this.#watched.keys()) this.#leave(folder)
  }

  #enter(folder: string): void {
    const identity = identityOf(folder)
    // The folder is not there yet: the next look finds it.
    if (identity === undefined) return
    try {
      const watcher = watch(folder, this.#listener)
      watcher.on("error", () => {
        if (this.#watched.get(folder)?.watcher === watcher) this.#leave(folder)
      })
      this.#watched.set(folder, { watcher, identity })
    } catch {
      // It went in between, or there are too many watchers: the next look tries again.
    }
  }

  #leave(folder: string): void {
    this.#watched.get(folder)?.watcher.close()
    this.#watched.delete(folder)
  }
}

/** Its number is given again at once, so when it was made tells too. */
function identityOf(folder: string): string | undefined {
  try {
    const { ino, birthtimeNs } = statSync(folder, { bigint: true })
    return `${ino} ${birthtimeNs}`
  } catch {
    return undefined
  }
}

function targetFolder(path: string): string[] {
  try {
    return [dirname(realpathSync(path))]
  } catch {
    return []
  }
}
