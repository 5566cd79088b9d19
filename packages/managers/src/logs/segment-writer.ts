import { fstatSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import type { Durability } from "@persist/core"

/** The file was deleted while it was written: what was appended is not part of the log. */
export class SegmentGone extends Error {}

const written = new Set<string>()

/** Whether this thread is writing the file. */
export function isWrittenHere(path: string): boolean {
  return written.has(path)
}

// A FileHandle that is collected open ends the process on Node 26: what nobody closed is closed here.
const forgotten = new FinalizationRegistry<{ readonly handle: FileHandle; readonly path: string }>(
  ({ handle, path }) => {
    written.delete(path)
    handle.close().catch(() => {})
  },
)

/** Appends to one file, one write at a time. */
export class SegmentWriter {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #durability: Durability
  #size: number
  #isTorn: boolean

  private constructor(
    path: string,
    handle: FileHandle,
    size: number,
    isTorn: boolean,
    durability: Durability,
  ) {
    this.#path = path
    written.add(path)
    this.#handle = handle
    this.#size = size
    this.#isTorn = isTorn
    this.#durability = durability
    forgotten.register(this, { handle, path }, this)
  }

  /** Opens the file; a last line without its end is ended, so that it never swallows the next. */
  static async open(path: string, durability: Durability): Promise<SegmentWriter> {
    const handle = await open(path, "a+")
    try {
      const { size } = await handle.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await handle.read(last, 0, 1, size - 1)
      return new SegmentWriter(path, handle, size, size > 0 && last[0] !== 0x0a, durability)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Bytes in the file. */
  get size(): number {
    return this.#size
  }

  /** Appends `text`, whole lines; resolves when they are as durable as was asked. @throws SegmentGone */
  async write(text: string): Promise<void> {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text)
    // Set until the write is known to be whole: a failed one may have left half a line.
    this.#isTorn = true
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, offset)
      offset += bytesWritten
      this.#size += bytesWritten
    }
    this.#isTorn = false
    if (fstatSync(this.#handle.fd).nlink === 0) throw new SegmentGone()
    if (this.#durability !== "none") await this.#handle.datasync()
  }

  async close(): Promise<void> {
    written.delete(this.#path)
    forgotten.unregister(this)
    await this.#handle.close()
  }
}
