import { type FileFacts, type FileSystem, nodeFileSystem } from "../../src/index.ts"

/**
 * A file system as those that leave numbers to FUSE (sshfs): each name of a file has a number of its own, and keeps it
 * when it is renamed, unless `byPath` says that the path makes the number (mergerfs).
 */
export function numberingFileSystem({ byPath = false } = {}): FileSystem {
  const named = new Map<string, bigint>()
  const open = new Map<number, bigint>()
  let last = 0n
  const numberOf = (path: string): bigint => {
    const number = named.get(path) ?? ++last
    named.set(path, number)
    return number
  }
  const numbered = (facts: FileFacts, ino: bigint): FileFacts =>
    Object.create(facts, { ino: { value: ino } })
  return {
    ...nodeFileSystem,
    openSync: (path, ...rest) => {
      const descriptor = nodeFileSystem.openSync(path, ...rest)
      open.set(descriptor, numberOf(path))
      return descriptor
    },
    fstatSync: (descriptor) =>
      numbered(nodeFileSystem.fstatSync(descriptor), open.get(descriptor)!),
    lstatSync: (path) => {
      const facts = nodeFileSystem.lstatSync(path)
      return facts && numbered(facts, numberOf(path))
    },
    renameSync: (from, to) => {
      nodeFileSystem.renameSync(from, to)
      const number = numberOf(from)
      const next = byPath ? ++last : number
      named.set(to, next)
      named.delete(from)
      for (const [descriptor, shown] of open) if (shown === number) open.set(descriptor, next)
    },
    unlinkSync: (path) => {
      nodeFileSystem.unlinkSync(path)
      named.delete(path)
    },
  }
}
