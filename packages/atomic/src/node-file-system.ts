import fs from "node:fs"
import type { FileSystem } from "./file-system.ts"
import { invalidOption } from "./options.ts"
import { codeOf } from "./system-error.ts"

// A virus scanner or an indexer on Windows holds files for moments; elsewhere only EBUSY can pass by itself.
const transient = process.platform === "win32" ? ["EPERM", "EBUSY", "EACCES"] : ["EBUSY"]

const exact = { bigint: true } as const
const exactOrMissing = { bigint: true, throwIfNoEntry: false } as const

/** The real file system. */
export const nodeFileSystem: FileSystem = Object.freeze({
  transientRenameCodes: new Set(transient),
  openSync: (path, flags, mode) => fs.openSync(path, flags, mode),
  closeSync: (descriptor) => fs.closeSync(descriptor),
  writeSync: (descriptor, bytes, offset, length, position) =>
    fs.writeSync(descriptor, bytes, offset, length, position),
  fsyncSync: (descriptor) => {
    try {
      fs.fsyncSync(descriptor)
    } catch (error) {
      throw syncError(error)
    }
  },
  fstatSync: (descriptor) => fs.fstatSync(descriptor, exact),
  fchmodSync: (descriptor, mode) => fs.fchmodSync(descriptor, mode),
  fchownSync: (descriptor, uid, gid) => fs.fchownSync(descriptor, uid, gid),
  lstatSync: (path) => fs.lstatSync(path, exactOrMissing),
  readAllSync: (descriptor) => fs.readFileSync(descriptor),
  readlinkSync: (path) => fs.readlinkSync(path),
  realpathSync: (path) => fs.realpathSync.native(path),
  readdirSync: (path) => fs.readdirSync(path),
  mkdirSync: (path, mode) => fs.mkdirSync(path, mode),
  linkSync: (existing, path) => fs.linkSync(existing, path),
  renameSync: (from, to) => fs.renameSync(from, to),
  unlinkSync: (path) => fs.unlinkSync(path),
  kindSync: (path) => (process.platform === "linux" ? fs.statfsSync(path).type : undefined),
  write: (descriptor, bytes, offset, length, position) =>
    new Promise((resolve, reject) => {
      fs.write(descriptor, bytes, offset, length, position, (error, written) =>
        error ? reject(error) : resolve(written),
      )
    }),
  fsync: (descriptor) =>
    new Promise((resolve, reject) => {
      fs.fsync(descriptor, (error) => (error ? reject(syncError(error)) : resolve()))
    }),
  close: (descriptor) =>
    new Promise((resolve, reject) => {
      fs.close(descriptor, (error) => (error ? reject(error) : resolve()))
    }),
  rename: (from, to) =>
    new Promise((resolve, reject) => {
      fs.rename(from, to, (error) => (error ? reject(error) : resolve()))
    }),
} satisfies FileSystem)

// Of all calls for files the permission model refuses this one whatever is allowed, and Node does not say what to do.
function syncError(error: unknown): unknown {
  if (codeOf(error) !== "ERR_ACCESS_DENIED") return error
  const message =
    'Node\'s permission model (--permission) refuses this fsync, so what is written cannot be made durable; use durability: "none", or run without it'
  return Object.assign(new Error(message, { cause: error }), { code: "ERR_ACCESS_DENIED" })
}

/** @throws `ERR_PERSIST_INVALID_OPTION` for anything but a file system: one call tells. */
export function checkFileSystem(fileSystem: FileSystem): void {
  if (typeof (fileSystem as FileSystem | null)?.openSync === "function") return
  throw invalidOption("fileSystem", fileSystem, "an object with the calls of FileSystem")
}
