import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { type DiskOperation, folderInode } from "./recording-file-system.ts"

/** What a disk may hold after a power cut. */
export interface DiskState {
  /** The cut came after this many operations. */
  readonly after: number
  /** What the test had said until then. */
  readonly notes: readonly string[]
  /** Content by path relative to the root. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Folders by path relative to the root. */
  readonly folders: readonly string[]
  /** What was kept of the changes that nothing had made durable. */
  readonly kept: string
}

export interface PowerCutOptions {
  readonly root: string
  readonly random: () => number
  /** Up to so many unsynced changes of names, every subset of them is tried; beyond, a sample. @default 4 */
  readonly exhaustive?: number
}

type Entries = Extract<DiskOperation, { kind: "entries" }>
type Write = Extract<DiskOperation, { kind: "write" }>
type Rest = "lost" | "kept" | "zeros" | "torn"

/**
 * Cuts the power after every operation of a recording, and gives what the disk may hold then: what was synced, any
 * subset of the changes of names that were not (in order, each whole), and of bytes that were not synced nothing,
 * everything, zeros in their place, or half of them.
 */
export function* powerCuts(
  operations: readonly DiskOperation[],
  options: PowerCutOptions,
): Generator<DiskState> {
  const disk = new Disk()
  const notes: string[] = []
  yield* states(disk, 0, notes, options)
  for (const [index, operation] of operations.entries()) {
    if (operation.kind === "mark") notes.push(operation.note)
    else disk.apply(operation, index)
    yield* states(disk, index + 1, notes, options)
  }
}

/** Puts a state on a real disk, for a program to be started on it. */
export function materialize(state: DiskState, folder: string): void {
  for (const name of state.folders) mkdirSync(join(folder, name), { recursive: true })
  for (const [name, bytes] of state.files) writeFileSync(join(folder, name), bytes)
}

function* states(
  disk: Disk,
  after: number,
  notes: readonly string[],
  options: PowerCutOptions,
): Generator<DiskState> {
  const pending = disk.pendingEntries
  const rests: readonly Rest[] = disk.hasUnsyncedBytes
    ? ["lost", "kept", "zeros", "torn"]
    : ["kept"]
  for (const subset of subsets(pending.length, options)) {
    for (const rest of rests) {
      const chosen = pending.filter((_, index) => subset[index])
      const tree = disk.tree(chosen, rest, options.root)
      const kept = `names ${subset.map(Number).join("")}, bytes ${rest}`
      yield { after, notes: [...notes], ...tree, kept }
    }
  }
}

function* subsets(
  size: number,
  { random, exhaustive = 4 }: PowerCutOptions,
): Generator<readonly boolean[]> {
  const make = (choose: (index: number) => boolean) =>
    Array.from({ length: size }, (_, i) => choose(i))
  if (size <= exhaustive) {
    for (let bits = 0; bits < 2 ** size; bits++) yield make((index) => ((bits >> index) & 1) === 1)
    return
  }
  for (const kept of [0, 1, size - 1, size]) yield make((index) => index < kept)
  yield make((index) => index === size - 1)
  for (let sample = 0; sample < 4; sample++) yield make(() => random() < 0.5)
}

class Disk {
  readonly #durableEntries = new Map<string, number>()
  readonly #durableBytes = new Map<number, Uint8Array>()
  #entries: { readonly change: Entries; readonly index: number }[] = []
  #writes: { readonly write: Write; readonly index: number }[] = []

  get pendingEntries(): readonly Entries[] {
    return this.#entries.map(({ change }) => change)
  }

  get hasUnsyncedBytes(): boolean {
    return this.#writes.length > 0
  }

  apply(operation: DiskOperation, index: number): void {
    if (operation.kind === "entries") this.#entries.push({ change: operation, index })
    else if (operation.kind === "write") this.#writes.push({ write: operation, index })
    else if (operation.kind === "syncFile") {
      const { inode, covers } = operation
      this.#writes = this.#writes.filter(({ write, index }) => {
        if (write.inode !== inode || index >= covers) return true
        this.#durableBytes.set(inode, patched(this.#durableBytes.get(inode), write, "kept"))
        return false
      })
    } else if (operation.kind === "syncFolder") {
      const { folder, covers } = operation
      this.#entries = this.#entries.filter(({ change, index }) => {
        const isIn = change.set.some(([path]) => dirname(path) === folder)
        if (!isIn || index >= covers) return true
        enter(this.#durableEntries, change)
        return false
      })
    }
  }

  tree(chosen: readonly Entries[], rest: Rest, root: string): Pick<DiskState, "files" | "folders"> {
    const entries = new Map(this.#durableEntries)
    for (const change of chosen) enter(entries, change)
    const files = new Map<string, Uint8Array>()
    const folders: string[] = []
    for (const [path, inode] of entries) {
      if (!isReachable(path, entries, root)) continue
      if (inode === folderInode) folders.push(relative(root, path))
      else files.set(relative(root, path), this.#bytes(inode, rest))
    }
    return { files, folders: folders.sort() }
  }

  #bytes(inode: number, rest: Rest): Uint8Array {
    let bytes = this.#durableBytes.get(inode) ?? new Uint8Array(0)
    if (rest === "lost") return bytes
    for (const { write } of this.#writes) {
      if (write.inode === inode) bytes = patched(bytes, write, rest)
    }
    return bytes
  }
}

function enter(entries: Map<string, number>, change: Entries): void {
  for (const [path, inode] of change.set) {
    if (inode === undefined) entries.delete(path)
    else entries.set(path, inode)
  }
}

function patched(old: Uint8Array | undefined, { at, bytes }: Write, rest: Rest): Uint8Array {
  const size = Math.max(old?.length ?? 0, at + bytes.length)
  const result = new Uint8Array(size)
  if (old !== undefined) result.set(old)
  const kept = rest === "kept" ? bytes.length : rest === "torn" ? bytes.length >> 1 : 0
  result.set(bytes.subarray(0, kept), at)
  return result
}

function isReachable(path: string, entries: ReadonlyMap<string, number>, root: string): boolean {
  const folder = dirname(path)
  if (folder === root) return true
  return entries.get(folder) === folderInode && isReachable(folder, entries, root)
}
