import { createHash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { open, rename, rm } from "node:fs/promises"
import { pipeline } from "node:stream/promises"
import { createGunzip, createGzip } from "node:zlib"
import { PersistError } from "@persist/core"

/**
 * Replaces a sealed file by its gzip form: written beside it, synced, read back and compared; only
 * then the plain one goes. Two processes that do it at the same time do no harm.
 */
export async function compressSegment(path: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const written = createHash("sha256")
    const source = createReadStream(path)
    source.on("data", (chunk) => written.update(chunk))
    await pipeline(source, createGzip(), createWriteStream(temporary))
    const handle = await open(temporary, "r+")
    await handle.sync().finally(() => handle.close())
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
    await rename(temporary, `${path}.gz`)
    await rm(path, { force: true })
  } catch (error) {
    await rm(temporary, { force: true })
    // Somebody else compressed or removed it.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
}
