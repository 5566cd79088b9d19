import fs from "node:fs"
import type { FileSystem } from "./file-system.ts"
import { actByPath } from "./files/act-by-path.ts"
import { whenFewerOpen } from "./files/too-many-open.ts"
import { invalidOption } from "./options.ts"
import { isRefused } from "./system-error.ts"

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
      throw isRefused(error) ? refusedSync(error, inPlace) : error
    }
  },
  fstatSync: (descriptor) => fs.fstatSync(descriptor, exact),
  fchmodSync: (descriptor, mode, path) => {
    try {
      fs.fchmodSync(descriptor, mode)
    } catch (error) {
      actByPath(error, descriptor, path, (safe) => fs.chmodSync(safe, mode))
    }
  },
  fchownSync: (descriptor, uid, gid, path) => {
    try {
      fs.fchownSync(descriptor, uid, gid)
    } catch (error) {
      actByPath(error, descriptor, path, (safe) => fs.chownSync(safe, uid, gid))
    }
  },
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
  fsync: (descriptor, path) =>
    new Promise((resolve, reject) => {
      fs.fsync(descriptor, (error) => {
        if (!error) resolve()
        else if (!isRefused(error)) reject(error)
        else if (path === undefined) reject(refusedSync(error, inPlace))
        else resolve(syncByHandle(descriptor, path))
      })
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

/**
 * Node 24 takes no numbers from the program, but handles, which it gave out itself; newer releases of 26 take neither.
 *
 * @throws `ESTALE` when another file is at `path` by now: its sync would say nothing of the open one.
 */
async function syncByHandle(descriptor: number, path: string): Promise<void> {
  const { open } = fs.promises
  // Windows syncs nothing that is open only to be read; folders, and what may only be read, open in no other way.
  const handle = await whenFewerOpen(() => open(path, "r+").catch(() => open(path, "r")))
  try {
    const [there, ours] = [await handle.stat(exact), fs.fstatSync(descriptor, exact)]
    if (there.ino !== ours.ino || there.dev !== ours.dev) throw replacedMeanwhile(path)
    await handle.sync()
  } catch (error) {
    throw isRefused(error) ? refusedSync(error, "") : error
  } finally {
    await handle.close()
  }
}

function replacedMeanwhile(path: string): Error {
  const message = `ESTALE: another file has taken the place of ${path}, so what was written there cannot be synced`
  return Object.assign(new Error(message), { code: "ESTALE" })
}

const inPlace = "the asynchronous form (which newer releases of Node 26 refuse as well) or "

function refusedSync(cause: unknown, otherWay: string): Error {
  const message = `Node's permission model (--permission) refuses ${otherWay ? "to sync in place" : "to sync"} (fsync), so what is written cannot be made durable; use ${otherWay}durability: "none", or run without it`
  return Object.assign(new Error(message, { cause }), { code: "ERR_ACCESS_DENIED" })
}

/** @throws `ERR_PERSIST_INVALID_OPTION` for anything but a file system: one call tells. */
export function checkFileSystem(fileSystem: FileSystem): void {
  if (typeof (fileSystem as FileSystem | null)?.openSync === "function") return
  throw invalidOption("fileSystem", fileSystem, "an object with the calls of FileSystem")
}
