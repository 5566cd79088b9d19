import type { FileSystem } from "../file-system.ts"
import { abortedError, throwIfAborted } from "../options.ts"
import { othersTurn } from "../turn.ts"
import {
  type Chunk,
  type Content,
  isChunk,
  notContent,
  synchronousBytes,
  toBytes,
  toPieces,
  writeAll,
  writeAllSync,
} from "./content.ts"
import type { Draft } from "./draft.ts"
import { writeTextSync } from "./text.ts"

/** Writes `content` into the draft, one piece at a time. @returns Its size in bytes. */
export function fill(
  fileSystem: FileSystem,
  draft: Draft,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<number> | number {
  if (!isChunk(content)) return fillFromPieces(fileSystem, draft, toPieces(content), signal)
  const size = typeof content === "string" ? content.length : content.byteLength
  if (size <= synchronousBytes) return fillSync(fileSystem, draft, content)
  const bytes = toBytes(content)!
  return writeAll(fileSystem, draft.descriptor, bytes, draft.path).then(() => bytes.byteLength)
}

/** `fill` on the calling thread, however large the content is. */
export function fillSync(fileSystem: FileSystem, draft: Draft, content: Chunk): number {
  const { descriptor, path } = draft
  if (typeof content === "string") return writeTextSync(fileSystem, descriptor, content, path)
  const bytes = content instanceof Uint8Array ? content : toBytes(content)!
  writeAllSync(fileSystem, descriptor, bytes, path)
  return bytes.byteLength
}

async function fillFromPieces(
  fileSystem: FileSystem,
  draft: Draft,
  pieces: Iterable<unknown> | AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let size = 0
  for await (const piece of endedBy(signal, pieces, draft.path)) {
    const bytes = toBytes(piece)
    if (bytes === undefined) throw notContent(piece)
    await writeAll(fileSystem, draft.descriptor, bytes, draft.path)
    size += bytes.byteLength
    const turn = othersTurn()
    if (turn !== undefined) await turn
  }
  return size
}

/** Passes `pieces` on until the signal, which also ends the wait for a piece that never comes. */
async function* endedBy(
  signal: AbortSignal | undefined,
  pieces: Iterable<unknown> | AsyncIterable<unknown>,
  path: string,
): AsyncGenerator<unknown> {
  if (signal === undefined) {
    yield* pieces
    return
  }
  const iterator = iterate(pieces)
  // A promise of each step's own: a race with one for the whole stream would keep every piece until the end.
  let interrupt = (_error: unknown): void => {}
  const abort = (): void => interrupt(abortedError(signal, `Writing ${path}`))
  signal.addEventListener("abort", abort, { once: true })
  let ended = false
  try {
    for (;;) {
      throwIfAborted(signal, `Writing ${path}`)
      const result = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        interrupt = reject
        Promise.resolve(iterator.next()).then(resolve, reject)
      })
      if (result.done) {
        ended = true
        return
      }
      yield result.value
    }
  } finally {
    signal.removeEventListener("abort", abort)
    // Not awaited: a source that hangs would hang us too.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

function iterate(
  pieces: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]()
}
