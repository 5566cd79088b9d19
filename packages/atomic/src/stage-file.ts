import { beginWaiting, wasAlone } from "./files/at-once.ts"
import { type Chunk, type Content, isChunk, notContent } from "./files/content.ts"
import { Draft } from "./files/draft.ts"
import { fill, fillSync } from "./files/fill.ts"
import { enterGate, isAlone, leaveGate } from "./files/gate.ts"
import { mostInPlace, syncAtPace, syncNow } from "./files/sync-pace.ts"
import { resolveTarget, type Target } from "./files/target.ts"
import { whenFewerOpen } from "./files/too-many-open.ts"
import { throwIfAborted } from "./options.ts"
import { StagedFile } from "./staged-file.ts"
import { type StageFileOptions, stageSettings, type WriteSettings } from "./write-options.ts"

const inThreadBytes = 1_048_576

/**
 * Writes new content beside the file at `path`, synced as the durability says, and waits: look at
 * whatever must be true, then `commit` or `discard` it.
 *
 * @throws `ERR_PERSIST_ABORTED`, `ERR_PERSIST_INVALID_ARGUMENT`, `ERR_PERSIST_INVALID_OPTION`, `ERR_PERSIST_IO`,
 * and system errors such as `ENOSPC` as they are; nothing is left behind then.
 */
export async function stageFile(
  path: string | URL,
  content: Content,
  options?: StageFileOptions,
): Promise<StagedFile> {
  const settings = stageSettings(options)
  return stage(resolveTarget(path, settings.fileSystem, settings.followLink), content, settings)
}

/** `stageFile` for programs that cannot wait. */
export function stageFileSync(
  path: string | URL,
  content: Chunk,
  options?: StageFileOptions,
): StagedFile {
  const settings = stageSettings(options)
  return stageSync(resolveTarget(path, settings.fileSystem, settings.followLink), content, settings)
}

/** Stages content for a target that is known. */
export async function stage(
  target: Target,
  content: Content,
  settings: WriteSettings,
): Promise<StagedFile> {
  // A stream goes on for as long as it likes, and may wait for what others write.
  if (!isChunk(content)) return await stageNow(target, content, settings)
  beginWaiting()
  const turn = enterGate()
  if (turn !== undefined) await turn
  try {
    return await stageNow(target, content, settings)
  } finally {
    leaveGate()
  }
}

async function stageNow(
  target: Target,
  content: Content,
  settings: WriteSettings,
): Promise<StagedFile> {
  const { fileSystem, durability, signal, mode } = settings
  throwIfAborted(signal, `Writing ${target.path}`)
  const opening = whenFewerOpen(() => Draft.open(target, settings), signal)
  const draft = opening instanceof Promise ? await opening : opening
  try {
    const filled = fill(fileSystem, draft, content, signal)
    const size = typeof filled === "number" ? filled : await filled
    const isLittle = size <= mostInPlace && isChunk(content)
    const isSynced = durability !== "none" && !isLittle
    // Before anything is asked about it: a network file system's client answers when it has sent all that was written.
    if (isSynced) await syncAtPace(fileSystem, draft, false)
    const { facts, isChanged } = draft.finish(size, target.existing, mode)
    if (durability !== "none" && (isChanged || !isSynced)) {
      // Who begins in the same turn is to be seen; the disk is busy with the second while the third is written.
      if (isLittle && isAlone()) await undefined
      const mayBlock = isLittle && isAlone()
      if (isLittle) wasAlone(mayBlock)
      const synced = syncAtPace(fileSystem, draft, mayBlock)
      if (synced !== undefined) await synced
    }
    if (durability === "none" && isLittle) wasAlone(isAlone())
    if (durability === "none" && size >= inThreadBytes) await draft.closeInThread()
    else draft.close()
    throwIfAborted(signal, `Writing ${target.path}`)
    return new StagedFile(draft, target, facts, settings)
  } catch (error) {
    // After a failed sync nobody knows what the disk holds, and a second sync may claim success.
    draft.discard()
    throw error
  }
}

/** `stage` for programs that cannot wait. */
export function stageSync(target: Target, content: Chunk, settings: WriteSettings): StagedFile {
  const { fileSystem, durability, signal, mode } = settings
  if (!isChunk(content)) throw notContent(content)
  throwIfAborted(signal, `Writing ${target.path}`)
  const draft = Draft.open(target, settings)
  try {
    const size = fillSync(fileSystem, draft, content)
    const { facts } = draft.finish(size, target.existing, mode)
    if (durability !== "none") {
      if (size <= mostInPlace) syncNow(fileSystem, draft)
      else fileSystem.fsyncSync(draft.descriptor)
    }
    draft.close()
    return new StagedFile(draft, target, facts, settings)
  } catch (error) {
    draft.discard()
    throw error
  }
}
