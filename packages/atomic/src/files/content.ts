import { types } from "node:util"
import type { FileSystem } from "../file-system.ts"
import { PersistError } from "../persist-error.ts"

/** One piece of content: text is written as UTF-8, a view as all the bytes it looks at. */
export type Chunk = string | ArrayBufferView | ArrayBuffer

/** What can be written to a file. */
export type Content = Chunk | Iterable<Chunk> | AsyncIterable<Chunk>

/**
 * Up to so much is copied into the kernel on the calling thread: 0.25 ms for a megabyte, where a trip through the
 * thread pool costs 0.05 ms and making the content cost far more.
 */
export const synchronousBytes = 2_097_152

/** Whether content is one piece, not a series of them. */
export function isChunk(content: unknown): content is Chunk {
  return typeof content === "string" || ArrayBuffer.isView(content) || types.isArrayBuffer(content)
}

/** The bytes of one piece; undefined when it is not one. */
export function toBytes(chunk: unknown): Uint8Array | undefined {
  if (typeof chunk === "string") return Buffer.from(chunk, "utf8")
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  }
  return types.isArrayBuffer(chunk) ? new Uint8Array(chunk) : undefined
}

/** The pieces of content that is not a single one. */
export function toPieces(content: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof content === "object" && content !== null) {
    if (Symbol.asyncIterator in content || Symbol.iterator in content) {
      if ("readableEnded" in content && content.readableEnded === true) throw spent()
      return content as Iterable<unknown> | AsyncIterable<unknown>
    }
  }
  throw notContent(content)
}

/** The error for a stream of Node's that would give nothing more: an empty file is not what was meant. */
function spent(): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    "The content is a stream that has been read to its end already; give a new one, or what was read.",
  )
}

/** The error for what cannot be written. */
export function notContent(value: unknown): PersistError {
  const kind = value === null ? "null" : typeof value
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `The content (or a piece of it) is of type ${kind}; give a string, an ArrayBufferView, an ArrayBuffer, or an iterable of these.`,
  )
}

// Node takes no more than 2^31 - 1 bytes in one call.
const mostAtOnce = 1_073_741_824

/**
 * Writes all of `bytes` at the descriptor's position, however many calls the kernel makes of it. Asks for `byteLength`:
 * in a loop that V8 has compiled (Node 24 and 26), a `length` of 2^31 and more counts as less than zero.
 */
export function writeAllSync(
  fileSystem: FileSystem,
  descriptor: number,
  bytes: Uint8Array,
  path: string,
): void {
  let offset = 0
  while (offset < bytes.byteLength) {
    const wanted = Math.min(bytes.byteLength - offset, mostAtOnce)
    offset += progress(fileSystem.writeSync(descriptor, bytes, offset, wanted, null), path)
  }
}

/** `writeAllSync` that leaves the event loop free while large content is copied. */
export async function writeAll(
  fileSystem: FileSystem,
  descriptor: number,
  bytes: Uint8Array,
  path: string,
): Promise<void> {
  if (bytes.byteLength <= synchronousBytes) {
    writeAllSync(fileSystem, descriptor, bytes, path)
    return
  }
  let offset = 0
  while (offset < bytes.byteLength) {
    const wanted = Math.min(bytes.byteLength - offset, mostAtOnce)
    offset += progress(await fileSystem.write(descriptor, bytes, offset, wanted, null), path)
  }
}

function progress(written: number, path: string): number {
  if (written > 0) return written
  throw new PersistError(
    "ERR_PERSIST_IO",
    `Writing ${path} makes no progress: the file system takes 0 bytes and reports no error.`,
    { path },
  )
}
