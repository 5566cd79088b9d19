import { resolve } from "node:path"
import { type FileSystem, nodeFileSystem } from "../../src/index.ts"
import { interferingFileSystem, type SeamCall } from "./interfering-file-system.ts"

/** What happened to the disk, in order. Inodes are numbers that are never used twice. */
export type DiskOperation =
  | {
      readonly kind: "write"
      readonly inode: number
      readonly at: number
      readonly bytes: Uint8Array
    }
  /** Covers the operations before number `covers`: those that were done when it began. */
  | { readonly kind: "syncFile"; readonly inode: number; readonly covers: number }
  /** Entries set (or removed: undefined) as one step, in the folders that they are in. */
  | {
      readonly kind: "entries"
      readonly set: readonly (readonly [path: string, inode: number | undefined])[]
    }
  | { readonly kind: "syncFolder"; readonly folder: string; readonly covers: number }
  /** Said by the test: a promise resolved, a step began. */
  | { readonly kind: "mark"; readonly note: string }

/** The inode of everything that is a folder. */
export const folderInode = -1

interface OpenFile {
  /** Undefined for a folder. */
  readonly inode: number | undefined
  readonly path: string
  position: number
}

/**
 * A file system that does everything on `base` and keeps a log of what it did, out of which `powerCuts` makes
 * the states that a disk could be in had the power failed. It must see every change below `root`, which starts empty.
 */
export class Recording {
  readonly operations: DiskOperation[] = []
  readonly fileSystem: FileSystem
  readonly #base: FileSystem
  readonly #inodes = new Map<string, number>()
  readonly #open = new Map<number, OpenFile>()
  #nextInode = 1

  constructor(base: FileSystem = nodeFileSystem) {
    this.#base = base
    this.fileSystem = interferingFileSystem((call) => this.#record(call), base)
  }

  mark(note: string): void {
    this.operations.push({ kind: "mark", note })
  }

  #record(call: SeamCall): (() => unknown) | undefined {
    const values = call.values as never[]
    switch (call.name) {
      case "openSync":
        return () => this.#openFile(values[0]!, values[1]!, values[2])
      case "closeSync":
      case "close":
        this.#open.delete(values[0]!)
        return undefined
      case "writeSync":
        return () =>
          this.#written(values, this.#base.writeSync(...(values as unknown as WriteInput)))
      case "write":
        return async () =>
          this.#written(values, await this.#base.write(...(values as unknown as WriteInput)))
      case "fsyncSync":
        return () => {
          this.#base.fsyncSync(values[0]!)
          this.#synced(values[0]!, this.operations.length)
        }
      case "fsync":
        return async () => {
          const covers = this.operations.length
          await this.#base.fsync(values[0]!)
          this.#synced(values[0]!, covers)
        }
      case "mkdirSync":
        return () => {
          this.#base.mkdirSync(values[0]!, values[1]!)
          this.#set([[resolve(values[0]!), folderInode]])
        }
      case "linkSync":
        return () => {
          this.#base.linkSync(values[0]!, values[1]!)
          this.#set([[resolve(values[1]!), this.#inodes.get(resolve(values[0]!))]])
        }
      case "unlinkSync":
        return () => {
          this.#base.unlinkSync(values[0]!)
          this.#set([[resolve(values[0]!), undefined]])
        }
      case "renameSync":
        return () => {
          this.#base.renameSync(values[0]!, values[1]!)
          this.#renamed(resolve(values[0]!), resolve(values[1]!))
        }
      case "rename":
        return async () => {
          await this.#base.rename(values[0]!, values[1]!)
          this.#renamed(resolve(values[0]!), resolve(values[1]!))
        }
      default:
        return undefined
    }
  }

  #openFile(name: string, flags: string, mode: number | undefined): number {
    const path = resolve(name)
    const descriptor = this.#base.openSync(name, flags, mode)
    const isFolder = this.#base.fstatSync(descriptor).isDirectory()
    if (!isFolder && flags !== "r" && !this.#inodes.has(path)) {
      this.#set([[path, this.#nextInode++]])
    }
    const inode = isFolder ? undefined : this.#inodes.get(path)
    this.#open.set(descriptor, { inode, path, position: 0 })
    return descriptor
  }

  #written(values: readonly unknown[], count: number): number {
    const [descriptor, bytes, offset, , position] = values as unknown as WriteInput
    const file = this.#open.get(descriptor)!
    const at = position ?? file.position
    if (position === null) file.position += count
    const copy = bytes.slice(offset, offset + count)
    this.operations.push({ kind: "write", inode: file.inode!, at, bytes: copy })
    return count
  }

  #synced(descriptor: number, covers: number): void {
    const { inode, path } = this.#open.get(descriptor)!
    this.operations.push(
      inode === undefined
        ? { kind: "syncFolder", folder: path, covers }
        : { kind: "syncFile", inode, covers },
    )
  }

  #renamed(from: string, to: string): void {
    this.#set([
      [to, this.#inodes.get(from)],
      [from, undefined],
    ])
  }

  #set(entries: readonly (readonly [path: string, inode: number | undefined])[]): void {
    for (const [path, inode] of entries) {
      if (inode === undefined) this.#inodes.delete(path)
      else this.#inodes.set(path, inode)
    }
    this.operations.push({ kind: "entries", set: entries })
  }
}

type WriteInput = [
  descriptor: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number | null,
]
