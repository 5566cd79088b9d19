import { closeSync, constants, openSync } from "node:fs"
import { dirname, join } from "node:path"
import type { FileSystem } from "@persist/atomic"
import type { Layout } from "../keys/layout.ts"
import { factsOf } from "../reading/containment.ts"
import { type Located, locateAll } from "../reading/locate.ts"

// NFS, SMB and CIFS, as Linux numbers them: for seconds they tell what was there, and what was not, from memory.
const forgetful: ReadonlySet<number | undefined> = new Set([0x6969, 0xfe534d42, 0xff534d42])

// A pipe that somebody put there must not hang the look.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

const mostDevices = 64

interface Place {
  /** Absolute. */
  readonly path: string
  readonly facts: { readonly dev: number | bigint }
}

/**
 * Looks for what another machine may just have written. A client of a network file system asks its server when a file
 * or folder is opened, and not when somebody only looks. Elsewhere nothing is opened.
 */
export class AskingServer {
  readonly #layout: Layout
  readonly #fileSystem: FileSystem
  readonly #devices = new Map<number, boolean>()

  constructor(layout: Layout, fileSystem: FileSystem) {
    this.#layout = layout
    this.#fileSystem = fileSystem
  }

  /**
   * `locateAll`, as the server has it.
   *
   * @param place What lies, or will, where the value does; without it that is looked for.
   */
  locateAll(key: string, isLocked = false, place?: Place): readonly Located[] {
    const layout = this.#layout
    const found = locateAll(layout, key, isLocked)
    if (!this.#mustAsk(place ?? found[0])) return found
    this.#openFolders(join(layout.root, layout.canonical(key, "")))
    // Two changes of a folder within one tick of the server's clock may look like one.
    for (const { path } of found) touch(path)
    return locateAll(layout, key, isLocked)
  }

  /** Makes the next look at `path`, below the root, find a file that was made elsewhere. */
  ask(path: string): void {
    if (this.#mustAsk()) this.#openFolders(path)
  }

  // Each folder is looked for in what is known of the one above it.
  #openFolders(path: string): void {
    const folder = dirname(path)
    if (folder.length > this.#layout.root.length) this.#openFolders(folder)
    touch(folder)
  }

  #mustAsk(place?: Place): boolean {
    const { root } = this.#layout
    const dev = place?.facts.dev ?? factsOf(root)?.dev
    if (dev === undefined) return false
    const device = Number(dev)
    const known = this.#devices.get(device)
    if (known !== undefined) return known
    let isForgetful: boolean
    try {
      isForgetful = forgetful.has(this.#fileSystem.kindSync(place ? dirname(place.path) : root))
    } catch {
      return false
    }
    if (this.#devices.size >= mostDevices) this.#devices.clear()
    this.#devices.set(device, isForgetful)
    return isForgetful
  }
}

function touch(path: string): void {
  try {
    closeSync(openSync(path, flags))
  } catch {
    // Gone, or not to be read: the server was asked all the same.
  }
}
