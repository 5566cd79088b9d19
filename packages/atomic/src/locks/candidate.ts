import { dirname, join } from "node:path"
import type { FileFacts, FileSystem } from "../file-system.ts"
import { writeAllSync } from "../files/content.ts"
import { makeFolders } from "../files/make-folders.ts"
import { temporaryName } from "../files/temporary-name.ts"
import { codeOf, quietly } from "../system-error.ts"
import { confusesNames } from "./confused-names.ts"
import { letGo } from "./disown.ts"
import { encodeRecord } from "./lock-record.ts"
import { ownDescriptor } from "./own-descriptor.ts"

// What file systems without hard links answer (FAT, some network and user-space ones).
const cannotLink: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EMLINK",
  "EINVAL",
])

const mostTries = 5

/** The record of a lock that is wanted, in a file of its own, complete before it can become the lock. */
export class Candidate {
  readonly token: string
  readonly #fileSystem: FileSystem
  readonly #bytes: Uint8Array
  readonly #heartbeat: number
  #path: string
  #descriptor: number | undefined

  private constructor(
    fileSystem: FileSystem,
    token: string,
    path: string,
    descriptor: number,
    bytes: Uint8Array,
    heartbeat: number,
  ) {
    this.#fileSystem = fileSystem
    this.token = token
    this.#path = path
    this.#descriptor = descriptor
    this.#bytes = bytes
    this.#heartbeat = heartbeat
  }

  /** Writes the record beside `lockFile`, creating missing folders. */
  static create(fileSystem: FileSystem, lockFile: string, heartbeat: number): Candidate {
    const folder = dirname(lockFile)
    const name = temporaryName()
    const path = join(folder, name)
    // The random name is the token: it says who, and which time.
    const token = name.slice(1, -4)
    const descriptor = openNew(fileSystem, path, folder)
    const bytes = encodeRecord(token, heartbeat)
    const candidate = new Candidate(fileSystem, token, path, descriptor, bytes, heartbeat)
    try {
      writeAllSync(fileSystem, descriptor, bytes, path)
      return candidate
    } catch (error) {
      candidate.discard()
      throw error
    }
  }

  /** Makes the record the lock, if nobody else's is. @returns The descriptor of the lock file. */
  claim(lockFile: string): number | undefined {
    const fileSystem = this.#fileSystem
    const descriptor = this.#descriptor!
    if (confusesNames(fileSystem, lockFile)) return this.#claimWithoutLink(lockFile)
    try {
      fileSystem.linkSync(this.#path, lockFile)
    } catch (error) {
      const code = codeOf(error)
      if (cannotLink.has(code)) return this.#claimWithoutLink(lockFile)
      // A network file system may have linked and lost the answer, or tried again after that.
      if (this.#names() < 2n) {
        if (code === "EEXIST") return undefined
        throw error
      }
    }
    const own = ownDescriptor(fileSystem, lockFile, this.token, descriptor)
    quietly(() => fileSystem.unlinkSync(this.#path))
    this.#descriptor = undefined
    return own
  }

  /** How many names the record has. */
  #names(): bigint {
    try {
      return this.facts().nlink
    } catch (error) {
      // It may be the lock, which nobody would ever give back.
      const descriptor = this.#descriptor!
      this.#descriptor = undefined
      quietly(() => this.#fileSystem.unlinkSync(this.#path))
      letGo({ fileSystem: this.#fileSystem, descriptor, heartbeat: this.#heartbeat })
      throw error
    }
  }

  /** Touches the record. @returns What time it is on the file system's own clock. */
  now(): bigint {
    this.#fileSystem.writeSync(this.#descriptor!, this.#bytes, 0, 1, 0)
    return this.facts().mtimeNs
  }

  facts(): FileFacts {
    return this.#fileSystem.fstatSync(this.#descriptor!)
  }

  discard(): void {
    if (this.#descriptor === undefined) return
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    quietly(() => this.#fileSystem.closeSync(descriptor))
    quietly(() => this.#fileSystem.unlinkSync(this.#path))
  }

  // Seen half made for a moment, which readers take for "held by somebody unknown".
  #claimWithoutLink(lockFile: string): number | undefined {
    const fileSystem = this.#fileSystem
    const descriptor = createUnlessThere(fileSystem, lockFile)
    if (descriptor === undefined) return undefined
    try {
      writeAllSync(fileSystem, descriptor, this.#bytes, lockFile)
    } catch (error) {
      quietly(() => fileSystem.closeSync(descriptor))
      quietly(() => fileSystem.unlinkSync(lockFile))
      throw error
    }
    return descriptor
  }
}

/** Creates the lock file; undefined when it is there, of which some network file systems say only that it failed. */
function createUnlessThere(fileSystem: FileSystem, lockFile: string): number | undefined {
  for (let tries = 1; ; tries++) {
    try {
      return fileSystem.openSync(lockFile, "wx", 0o644)
    } catch (error) {
      if (codeOf(error) === "EEXIST" || fileSystem.lstatSync(lockFile)) return undefined
      // It may have been given back between the two.
      if (tries === mostTries) throw error
    }
  }
}

function openNew(fileSystem: FileSystem, path: string, folder: string): number {
  try {
    return fileSystem.openSync(path, "wx", 0o644)
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
    makeFolders(fileSystem, folder)
    return fileSystem.openSync(path, "wx", 0o644)
  }
}
