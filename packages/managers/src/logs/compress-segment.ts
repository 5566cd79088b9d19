import { createHash, randomUUID } from "node:crypto"
import { createReadStream, createWriteStream, type Stats } from "node:fs"
import { chmod, chown, open, rename, rm, stat, utimes } from "node:fs/promises"
import { dirname } from "node:path"
import { pipeline } from "node:stream/promises"
import { createGunzip, createGzip } from "node:zlib"
import { PersistError, syncFolder } from "@persist/core"
import { syncHandle } from "../sync-handle.ts"

/**
 * Replaces a sealed file by its gzip form: written beside it, synced, read back and compared; only
 * then the plain one goes. The time of the last entry stays the file's. Two writers that do it at the
 * same time do no harm.
 */
export async function compressSegment(path: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const written = createHash("sha256")
    const source = createReadStream(path)
    source.on("data", (chunk) => written.update(chunk))
    await pipeline(source, createGzip(), createWriteStream(temporary, { mode: 0o600 }))
    const handle = await open(temporary, "r+")
    try {
      await takeAfter(temporary, await stat(path))
      await syncHandle(handle)
    } finally {
      await handle.close()
    }
    const readBack = createHash("sha256")
    await pipeline(createReadStream(temporary), createGunzip(), readBack)
    if (written.digest("hex") !== readBack.digest("hex")) {
      throw new PersistError(
        "ERR_PERSIST_CORRUPT",
        `The gzip form of ${path} does not read back.`,
        {
          path,
        },
      )
    }
    // Whoever has deleted the log meanwhile does not find it there again.
    await stat(path)
    await rename(temporary, `${path}.gz`)
    // The plain form must not be gone from the disk before the other is there.
    await syncFolder(dirname(path))
    await rm(path, { force: true })
  } catch (error) {
    await rm(temporary, { force: true })
    // Somebody else compressed or removed it.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
}

/** Whoever compresses a file, as another user or with another umask: who may read it stays the same. */
async function takeAfter(path: string, { uid, gid, mode, atime, mtime }: Stats): Promise<void> {
  await utimes(path, atime, mtime)
  // Only root gives a file away; others may give it to a group of theirs. First, for the mode is meant for that group.
  await chown(path, uid, gid)
    .catch(() => chown(path, -1, gid))
    .catch(() => {})
  // Some file systems have no modes.
  await chmod(path, mode & 0o777).catch(() => {})
}
