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

/** The folders above what is watched, and what is watched for. */
interface WayToWatch {
  readonly from: string
  /** Under what it is known. */
  readonly place: string
  /** Something happened to a folder above, which is the same as before or another one by now. */
  look(isSame: boolean): void
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
    if (!this.#watch(folder, facts.ino, (...event) => this.#happened(folder, ...event))) return
    const look = (isSame: boolean) => {
      if (!this.#isClosed && !this.#lost(folder) && !isSame) this.#renew(folder)
    }
    this.#watchWay(folder, { from: folder, place: folder, look })
    for (const item of itemsIn(folder)) {
      const path = join(folder, item.name)
      if (item.isDirectory()) this.add(path, isNew)
      else if (isNew) this.#listener.file(this.#below(path))
    }
  }

  /**
   * Watches the folder of the file at `path`, absolute, that was made just now, unless it is watched already: by the time
   * the system tells of a new folder, it may be gone again, and the file with it.
   *
   * @returns Whether it was not watched before, so that nobody tells of what happened to the file meanwhile.
   */
  addFolderOf(path: string): boolean {
    const folder = dirname(path)
    if (this.#isClosed || this.#watchers.has(folder) || !path.startsWith(this.#root + sep)) {
      return false
    }
    let top = folder
    while (!this.#isStart(top)) {
      if (top === this.#root) return false
      top = dirname(top)
    }
    try {
      // As in `add`, a folder that a link leads to is watched under its own name.
      if (factsOf(top)?.isDirectory()) this.add(top, true)
    } catch (error) {
      // What was saved has been saved.
      this.#listener.fail(error)
    }
    return true
  }

  /** Whether what happens to `folder` itself is told of, or what is to be known when it comes to be. */
  #isStart(folder: string): boolean {
    return this.#watchers.has(dirname(folder)) || this.#watchers.has(awaited(folder))
  }

  close(): void {
    this.#isClosed = true
    for (const { watcher } of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #happened(folder: string, name: string | null, isRename: boolean): void {
    if (this.#isClosed) return
    if (isOfItself(folder, name, isRename)) {
      this.#renew(folder)
      return
    }
    if (this.#lost(folder)) return
    // Some platforms do not say what happened.
    const names = name === null ? itemsIn(folder).map((item) => item.name) : [name]
    for (const one of names) {
      const path = join(folder, one)
      if (factsOf(path)?.isDirectory()) this.add(path, true)
      else if (this.#watchers.has(path)) this.#lost(path)
      // Of a folder too: it may have taken a file's place.
      this.#listener.file(this.#below(path))
    }
  }

  /** Whether `folder` is gone or another one by now; then it is waited for again. */
  #lost(folder: string): boolean {
    const watched = this.#watchers.get(folder)
    if (watched === undefined || this.#folderAt(folder)?.ino === watched.number) return false
    this.#renew(folder)
    return true
  }

  /** Lets go of `folder` and all below it, and begins again with what is there now. */
  #renew(folder: string): void {
    this.#letGo((place) => place === folder || place.startsWith(folder + sep))
    this.#listener.gone(this.#below(folder))
    this.add(folder, true)
  }

  #letGo(isMeant: (place: string) => boolean): void {
    for (const [place, { watcher }] of this.#watchers) {
      if (!isMeant(place)) continue
      watcher.close()
      this.#watchers.delete(place)
    }
  }

  /** Watches the nearest folder above `folder` that exists, until `folder` does; one that is watched tells by itself. */
  #await(folder: string): void {
    if (this.#watchers.has(dirname(folder))) return
    this.#stopWaiting(folder)
    const above = this.#nearestAbove(folder)
    const facts = this.#folderAt(above)
    if (facts === undefined) return
    const look = (isSame: boolean) => {
      if (this.#isClosed) return
      const isNearest =
        isSame && this.#nearestAbove(folder) === above && this.#folderAt(above)?.ino === facts.ino
      if (isNearest && this.#folderAt(folder) === undefined) return
      this.#stopWaiting(folder)
      if (!this.#lost(folder)) this.add(folder, true)
    }
    const place = awaited(folder)
    const happened = (name: string | null, isRename: boolean) =>
      look(!isOfItself(above, name, isRename))
    if (!this.#watch(folder, facts.ino, happened, { path: above, place })) return
    this.#watchWay(folder, { from: above, place, look })
    // It may have come between the look and the watch.
    look(true)
  }

  #stopWaiting(folder: string): void {
    this.#letGo((place) => place.startsWith(awaited(folder)))
  }

  /** Watches `folder`, or in its stead what lies at `path`. */
  #watch(
    folder: string,
    number: number,
    happened: (name: string | null, isRename: boolean) => void,
    { path, place } = { path: folder, place: folder },
  ): boolean {
    try {
      const watcher = watch(path, (type, name) => {
        try {
          happened(name, type === "rename")
        } catch (error) {
          // Nobody could catch it from here.
          this.#listener.fail(error)
        }
      })
      watcher.on("error", (error) => {
        // Windows tells so that a watched folder was removed.
        if (factsOf(path) === undefined) happened(null, true)
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

  /**
   * Watches the folders above `from` that nobody watches yet, as far as the root, and that of a root that is a link:
   * when one of them is moved away, or the link is changed, nothing is told of `from` itself.
   */
  #watchWay(folder: string, way: WayToWatch): void {
    const isLink = factsOf(this.#root)?.isSymbolicLink()
    const top = isLink ? dirname(this.#root) : this.#root
    let path = way.from
    while (path.length > top.length) {
      path = dirname(path)
      if (this.#watchers.has(path)) return
      const above = path
      const number = this.#folderAt(above)?.ino
      if (number === undefined) {
        // Moved away since it was looked at.
        way.look(true)
        return
      }
      const look = () => way.look(this.#folderAt(above)?.ino === number)
      const place = `${way.place}${sep}\0${above}`
      if (!this.#watch(folder, number, look, { path: above, place })) return
    }
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

/** Under what a folder that is not there is known. */
function awaited(folder: string): string {
  return `${folder}${sep}\0awaited`
}

/**
 * Whether an event, told with the name of the watched folder, may say that the folder was moved away or removed; what is
 * there by now may have been given its number. A folder in it that has the same name says the same.
 */
function isOfItself(folder: string, name: string | null, isRename: boolean): boolean {
  return isRename && name === basename(folder)
}

function itemsIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
