import { overtake, takeTurn } from "./files/commit-order.ts"
import { type Chunk, type Content, isChunk } from "./files/content.ts"
import { placeOf } from "./files/place.ts"
import { resolveTarget, type Target } from "./files/target.ts"
import { tidyOnce } from "./files/tidy.ts"
import { runNow } from "./run-now.ts"
import { stage, stageSync } from "./stage-file.ts"
import type { WrittenFile } from "./staged-file.ts"
import { othersTurn } from "./turn.ts"
import { type WriteFileAtomicOptions, type WriteSettings, writeSettings } from "./write-options.ts"

/**
 * Replaces the file at `path` as one step: whoever reads, whoever dies, whatever fails, the file
 * has its old content or the new one, never a mix.
 *
 * Several writes of one file in a process take effect in the order of the calls, except streams,
 * which do when they end; a synchronous write takes effect at once, and the older ones that it
 * overtakes never do. Missing folders are created, and what killed processes left in the folder
 * is swept, once; links are followed; owner and permissions stay those of the replaced file.
 *
 * @throws System errors (`ENOSPC`, `EROFS`, `ENAMETOOLONG`, …) as they are, `ERR_PERSIST_ABORTED`,
 * `ERR_PERSIST_LOCK_LOST`, `ERR_PERSIST_IO`, `ERR_PERSIST_INVALID_ARGUMENT`, `ERR_PERSIST_INVALID_OPTION`: the old
 * file stays and no temporary file is left. `ERR_PERSIST_INDETERMINATE`: the new content is there, but
 * might not survive a power cut; or the disk answers nothing any more, and either content is there.
 */
export async function writeFileAtomic(
  path: string | URL,
  content: Content,
  options?: WriteFileAtomicOptions,
): Promise<WrittenFile> {
  const settings = writeSettings(options)
  const target = resolveTarget(path, settings.fileSystem, settings.followLink)
  tidyOnce(settings.fileSystem, target.folder)
  const check = commitCheck(options)
  // A stream ends when it ends; nothing is to wait for it.
  if (!isChunk(content)) return await (await stage(target, content, settings)).commit(check)
  const writing = writeInTurn(target, content, settings, check)
  // Writes keep their order: it is the caller who waits.
  const turn = othersTurn()
  if (turn !== undefined) await Promise.allSettled([turn, writing])
  return await writing
}

/** `writeFileAtomic` for programs that cannot wait. */
export function writeFileAtomicSync(
  path: string | URL,
  content: Chunk,
  options?: WriteFileAtomicOptions,
): WrittenFile {
  const settings = writeSettings(options)
  const target = resolveTarget(path, settings.fileSystem, settings.followLink)
  tidyOnce(settings.fileSystem, target.folder)
  const staged = stageSync(target, content, settings)
  staged.renameSync(commitCheck(options))
  overtake(settings.fileSystem, placeOf(settings.fileSystem, target.path))
  staged.settleSync()
  return staged.written
}

async function writeInTurn(
  target: Target,
  content: Content,
  settings: WriteSettings,
  check: { check?: () => void },
): Promise<WrittenFile> {
  const turn = takeTurn(settings.fileSystem, placeOf(settings.fileSystem, target.path))
  try {
    const staged = await stage(target, content, settings)
    if (turn.before !== undefined) await turn.before
    if (turn.isOvertaken) staged.discard()
    else await staged.rename(check)
    turn.end()
    await staged.settle()
    return staged.written
  } catch (error) {
    // Whoever comes next still has to wait for those before.
    if (turn.before === undefined) turn.end()
    else void turn.before.then(() => turn.end())
    throw error
  }
}

function commitCheck(options: WriteFileAtomicOptions | undefined): { check?: () => void } {
  const { lock, beforeCommit } = options ?? {}
  if (lock === undefined && beforeCommit === undefined) return {}
  return {
    check: () => {
      if (beforeCommit !== undefined) runNow("beforeCommit", beforeCommit)
      lock?.assertHeld()
    },
  }
}
