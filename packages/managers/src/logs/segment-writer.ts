import { constants, existsSync, type Stats } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import type { Durability } from "@persist/core"
import { syncHandleData } from "../sync-handle.ts"

/** The file was deleted, or sealed by somebody else, before what was appended is known to be part of the log. */
export class SegmentGone extends Error {}

/** A file that was written not longer ago, in milliseconds, is not looked for before it is written again. */
const freshFor = 60_000

// A FileHandle that is collected open ends the process on Node 26: what nobody closed is closed here.
const forgotten = new FinalizationRegistry<FileHandle>((handle) => {
  handle.close().catch(() => {})
})

/** Appends to one file, one write at a time. */
export class SegmentWriter {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #durability: Durability
  #size: number
  #isTorn: boolean
  /** When others wrote it last, before it was opened; whole milliseconds since the epoch. */
  readonly modifiedAt: number
  /** Milliseconds since the epoch; files that are taken over are old. */
  #writtenAt = 0

  private constructor(
    path: string,
    handle: FileHandle,
    { size, mtimeMs }: Stats,
    isTorn: boolean,
    durability: Durability,
  ) {
    this.#path = path
    this.#handle = handle
    this.#size = size
    this.modifiedAt = Math.ceil(mtimeMs)
    this.#isTorn = isTorn
    this.#durability = durability
    forgotten.register(this, handle, this)
  }

  /**
   * Opens the file; a last line without its end is ended, so that it never swallows the next.
   *
   * @throws SegmentGone, `isNew` being false: under this name it would begin again beside what it has become.
   */
  static async open(path: string, durability: Durability, isNew: boolean): Promise<SegmentWriter> {
    const flags = isNew ? "a+" : constants.O_RDWR | constants.O_APPEND
    const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
      throw !isNew && error.code === "ENOENT" ? new SegmentGone() : error
    })
    try {
      const facts = await handle.stat()
      const { size } = facts
      const last = Buffer.alloc(1)
      if (size > 0) await handle.read(last, 0, 1, size - 1)
      return new SegmentWriter(path, handle, facts, size > 0 && last[0] !== 0x0a, durability)
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
    // Written into a sealed file and again into the next one, the lines would be there twice. Nobody seals a fresh one.
    const now = Date.now()
    if (Math.abs(now - this.#writtenAt) > freshFor) this.#assertThere()
    this.#writtenAt = now
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text)
    // Set until the write is known to be whole: a failed one may have left half a line.
    this.#isTorn = true
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, offset)
      offset += bytesWritten
      this.#size += bytesWritten
    }
    this.#isTorn = false
    if (this.#durability !== "none") await syncHandleData(this.#handle)
    // Who seals a file renames it and then looks at what is in it: what is here before that is not lost.
    this.#assertThere()
  }

  #assertThere(): void {
    if (!existsSync(this.#path)) throw new SegmentGone()
  }

  async close(): Promise<void> {
    forgotten.unregister(this)
    await this.#handle.close()
  }
}
