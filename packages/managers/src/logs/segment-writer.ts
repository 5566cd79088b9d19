import { fstatSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import type { Durability } from "@persist/core"

/** The file was deleted while it was written: what was appended is not part of the log. */
export class SegmentGone extends Error {}

/**
 * Appends lines to one file. Appends that come while a write is running go out together in the next
 * one, and share its fsync ("group commit").
 */
export class SegmentWriter {
  readonly #handle: FileHandle
  readonly #durability: Durability
  #size: number
  #waiting: string[] = []
  #next: Promise<void> | undefined
  #tail: Promise<void> = Promise.resolve()
  #torn = false
  #waitingSize = 0

  private constructor(handle: FileHandle, size: number, torn: boolean, durability: Durability) {
    this.#handle = handle
    this.#size = size
    this.#torn = torn
    this.#durability = durability
  }

  /** Opens the file; a last line without its end is ended, so that it never swallows the next. */
  static async open(path: string, durability: Durability): Promise<SegmentWriter> {
    const handle = await open(path, "a+")
    try {
      const { size } = await handle.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await handle.read(last, 0, 1, size - 1)
      return new SegmentWriter(handle, size, size > 0 && last[0] !== 0x0a, durability)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Bytes in the file, those that wait not counted. */
  get size(): number {
    return this.#size
  }

  /** `size` when everything that waits is written. */
  get expectedSize(): number {
    return this.#size + this.#waitingSize
  }

  /** Appends `lines` (each with its line break); resolves when they are as durable as was asked. */
  append(lines: string): Promise<void> {
    this.#waiting.push(lines)
    this.#waitingSize += lines.length
    if (this.#next === undefined) {
      const previous = this.#tail
      this.#next = previous.then(() => this.#flush())
      this.#tail = this.#next.catch(() => {})
    }
    return this.#next
  }

  /** Waits for what was appended and closes the file. */
  async close(): Promise<void> {
    await this.#tail
    await this.#handle.close()
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting
    this.#waiting = []
    this.#waitingSize = 0
    this.#next = undefined
    const bytes = Buffer.from((this.#torn ? "\n" : "") + batch.join(""))
    // Set until the write is known to be whole: a failed one may have left half a line.
    this.#torn = true
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, offset)
      offset += bytesWritten
      this.#size += bytesWritten
    }
    this.#torn = false
    if (fstatSync(this.#handle.fd).nlink === 0) throw new SegmentGone()
    if (this.#durability !== "none") await this.#handle.datasync()
  }
}
