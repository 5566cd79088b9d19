import { type FSWatcher, readdirSync, type Stats, statSync, watch } from "node:fs"
import { basename, dirname, join, relative, sep } from "node:path"
import { PersistError } from "@persist/core"
import { isHidden } from "../keys/key-path.ts"
import { assertLinkStaysInside, factsOf, isMissing } from "../reading/containment.ts"

/** What is told about a tree of folders. */
export interface FolderListener {
  /** Something happened to a file: its path below the root. */
  file(path: string): void
  /** A folder is gone, with everything in it. */
  gone(folder: string): void
  /** Watching is not possible here; look from time to time instead. */
  fail(error: unknown): void
}

/**
 * Watches a folder and the folders in it, one system watch each: a watch of a file would end when
 * the file is replaced. A folder that does not exist is waited for at the nearest one that does.
 */
export class FolderEvents {
  readonly #root: string
  readonly #listener: FolderListener
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly number: number }>()
  #isClosed = false

  constructor(root: string, listener: FolderListener) {
    this.#root = root
    this.#listener = listener
  }

  /** Watches `folder`, absolute; files in it that nobody has told of yet are told of. */
  add(folder: string, isNew: boolean): void {
    if (this.#isClosed || this.#watchers.has(folder) || this.#isPassedOver(folder)) return
    const facts = this.#folderAt(folder)
    if (facts === undefined) {
      this.#await(folder)
      return
    }
    if (!this.#watch(folder, facts.ino, (name) => this.#happened(folder, name))) return
    if (factsOf(folder)?.isSymbolicLink()) this.#watchLink(folder, facts.ino)
    for (const item of itemsIn(folder)) {
      const path = join(folder, item.name)
      if (item.isDirectory()) this.add(path, isNew)
      else if (isNew) this.#listener.file(this.#below(path))
    }
  }

  close(): void {
    this.#isClosed = true
    for (const { watcher } of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #happened(folder: string, name: string | null): void {
    if (this.#isClosed || this.#lost(folder)) return
    // Some platforms do not say what happened.
    const names = name === null ? itemsIn(folder).map((item) => item.name) : [name]
    for (const one of names) {
      const path = join(folder, one)
      if (factsOf(path)?.isDirectory()) this.add(path, true)
      else {
        if (this.#watchers.has(path)) this.#lost(path)
        this.#listener.file(this.#below(path))
      }
    }
  }

  /** Whether `folder` is gone or another one by now; then it is waited for again. */
  #lost(folder: string): boolean {
    const watched = this.#watchers.get(folder)
    if (watched === undefined || this.#folderAt(folder)?.ino === watched.number) return false
    for (const [path, { watcher }] of this.#watchers) {
      if (path !== folder && !path.startsWith(folder + sep)) continue
      watcher.close()
      this.#watchers.delete(path)
    }
    this.#listener.gone(this.#below(folder))
    this.add(folder, true)
    return true
  }

  /** Watches the nearest folder above `folder` that exists, until `folder` does. */
  #await(folder: string): void {
    const above = this.#nearestAbove(folder)
    const facts = this.#folderAt(above)
    if (facts === undefined) return
    const look = () => {
      if (this.#isClosed) return
      const isNearest =
        this.#nearestAbove(folder) === above && this.#folderAt(above)?.ino === facts.ino
      if (isNearest && this.#folderAt(folder) === undefined) return
      waiting?.close()
      this.#watchers.delete(place)
      this.add(folder, true)
    }
    const place = `${folder}${sep}\0awaited`
    if (!this.#watch(folder, facts.ino, look, { path: above, place })) return
    const waiting = this.#watchers.get(place)?.watcher
    // It may have come between the look and the watch.
    look()
  }

  /** Watches `folder`, or in its stead what lies at `path`. */
  #watch(
    folder: string,
    number: number,
    happened: (name: string | null) => void,
    { path, place } = { path: folder, place: folder },
  ): boolean {
    try {
      const watcher = watch(path, (_, name) => {
        try {
          happened(name)
        } catch (error) {
          // Nobody could catch it from here.
          this.#listener.fail(error)
        }
      })
      watcher.on("error", (error) => {
        // Windows tells so that a watched folder was removed.
        if (factsOf(path) === undefined) happened(null)
        else this.#listener.fail(error)
      })
      this.#watchers.set(place, { watcher, number })
      return true
    } catch (error) {
      if (isMissing(error)) this.#await(folder)
      else this.#listener.fail(error)
      return false
    }
  }

  /** The system tells of what a link leads to, not of the link. */
  #watchLink(folder: string, number: number): void {
    const place = `${folder}${sep}\0link`
    this.#watch(folder, number, () => this.#isClosed || this.#lost(folder), {
      path: dirname(folder),
      place,
    })
  }

  #nearestAbove(folder: string): string {
    let above = dirname(folder)
    while (this.#folderAt(above) === undefined && dirname(above) !== above) above = dirname(above)
    return above
  }

  /** The folder at `path`, or the one that a link there leads to without leaving the root. */
  #folderAt(path: string): Stats | undefined {
    try {
      const facts = factsOf(path)
      if (!facts?.isSymbolicLink()) return facts?.isDirectory() ? facts : undefined
      if (path.startsWith(this.#root + sep)) assertLinkStaysInside(this.#root, path)
      const destination = statSync(path)
      return destination.isDirectory() ? destination : undefined
    } catch (error) {
      if (isMissing(error) || (error as NodeJS.ErrnoException).code === "ELOOP") return undefined
      if (PersistError.is(error, "ERR_PERSIST_INVALID_KEY")) return undefined
      throw error
    }
  }

  #isPassedOver(folder: string): boolean {
    return folder !== this.#root && isHidden(basename(folder))
  }

  #below(path: string): string {
    return relative(this.#root, path).replaceAll("\\", "/")
  }
}

function itemsIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
