import { createReadStream } from "node:fs"
import { dirname, join } from "node:path"
import { type Content, type StagedFile, stageFile, syncFolder } from "@persist/atomic"
import { whenFewerOpen } from "@persist/atomic/waiting"
import type { Entry, WriteRequest } from "@persist/core"
import { throwIfAborted } from "@persist/core/options"
import { retain } from "../history/retain.ts"
import { literalPath } from "../keys/key-path.ts"
import { under } from "../keys/under.ts"
import { assertContained, factsOf } from "../reading/containment.ts"
import { locateAll } from "../reading/locate.ts"
import { entryOf } from "../reading/revision.ts"
import type { Claim } from "./change-queue.ts"
import { type Committed, prepareCommit, type Replacement, undoRecords } from "./commit.ts"
import { commitTimeout } from "./commit-locks.ts"
import type { FileContext } from "./context.ts"
import { settled } from "./indeterminate.ts"
import type { BriefLock } from "./owner-record.ts"
import { removeReplaced, tellOfReplaced } from "./remove.ts"
import { stageOptions } from "./stage-options.ts"
import { stillHeld } from "./still-held.ts"
import { determinate } from "./write-before.ts"

// Nobody should wait for the sync of a large value.
const mostInGroup = 65_536

/** A change that takes effect: what to write, and under what conditions. */
export interface NewValue {
  readonly content: Content
  readonly request: WriteRequest
  readonly claim: Claim
  /** The commit lock, when the caller holds it already. */
  readonly lock?: BriefLock | undefined
  /** Runs when the change has taken effect, though it may not be durable yet. */
  readonly whenCommitted?: () => void
}

/**
 * Replaces the value of `key`: stages the new file, takes the commit lock for the last look and the
 * rename, and resolves when the outcome is as durable as the storage promises.
 */
export async function replace(context: FileContext, key: string, value: NewValue): Promise<Entry> {
  const { request, claim } = value
  const { staged, version } = await stageBoth(context, key, value)
  const held = holdStreamed(context, value.content, staged)
  let committed: Committed
  try {
    committed = await commit(context, { key, staged, version, request, claim }, value.lock)
  } catch (error) {
    staged.discard()
    version?.discard()
    const isNews = context.mounts.learn(error)
    if (isNews && held !== undefined) {
      return await replace(context, key, { ...value, content: piecesOf(staged.temporary, held) })
    }
    if (isNews && value.content instanceof Uint8Array) return await replace(context, key, value)
    throw error
  } finally {
    if (held !== undefined) context.fileSystem.closeSync(held)
  }
  value.whenCommitted?.()
  context.watches.saved(key, staged.path, committed.facts, value.content)
  if (context.durability === "full") await settle(context, key, { staged, version }, committed)
  if (committed.replaced.length > 0) {
    const removing = removeReplaced(context, key, committed.replaced, value.lock !== undefined)
    await removing.catch((error: unknown) => tellOfReplaced(context, key, error))
  }
  retain(context, key, request)
  return entryAfter(key, staged.path, request, committed)
}

/** The file that a new value of `key` goes to: the one that it has, where somebody named it by hand. */
export function placeFor({ layout }: FileContext, key: string, format: string): string {
  const name = layout.canonical(key, format)
  // The file is looked at when it is staged.
  assertContained(layout.root, name)
  if (literalPath(key) === undefined) return under(layout.root, name)
  const same = locateAll(layout, key).find((located) => located.format === format)
  return same?.path ?? under(layout.root, name)
}

/** `placeFor`, when the key, if it is long, is kept. */
function placeSoon(
  context: FileContext,
  key: string,
  { format, signal }: WriteRequest,
): string | Promise<string> {
  return whenFewerOpen(() => {
    const place = placeFor(context, key, format)
    return context.longKeys.keep(key)?.then(() => place) ?? place
  }, signal)
}

export function entryAfter(
  key: string,
  path: string,
  { format, version, fence }: WriteRequest,
  { facts, backup }: Committed,
): Entry {
  const entry = entryOf(key, format, path, facts)
  if (fence === undefined && version === undefined && backup === undefined) return entry
  return {
    ...entry,
    ...(fence !== undefined && { fence }),
    ...(version !== undefined && { version }),
    ...(backup !== undefined && { backup: backup.id }),
  }
}

function stage(
  context: FileContext,
  path: string,
  content: Content,
  { signal }: WriteRequest,
): Promise<StagedFile> {
  return stageFile(path, content, stageOptions(context, path, signal))
}

interface StagedValue {
  readonly staged: StagedFile
  readonly version: StagedFile | undefined
}

async function stageBoth(
  context: FileContext,
  key: string,
  { content, request }: NewValue,
): Promise<StagedValue> {
  const placing = placeSoon(context, key, request)
  const path = placing instanceof Promise ? await placing : placing
  const isSmall = content instanceof Uint8Array && content.length <= mostInGroup
  const leave = isSmall ? context.groups.join() : undefined
  let staged: StagedFile | undefined
  let others: Promise<void> | undefined
  try {
    staged = await stage(context, path, content, request)
    const version = await stageVersion(context, key, staged, content, request)
    return { staged, version }
  } catch (error) {
    staged?.discard()
    throw error
  } finally {
    others = leave?.()
    if (others !== undefined) await others
  }
}

async function stageVersion(
  context: FileContext,
  key: string,
  staged: StagedFile,
  content: Content,
  request: WriteRequest,
): Promise<StagedFile | undefined> {
  if (request.version === undefined) return undefined
  const path = join(context.history.folder("version", key), request.version + request.format)
  // A file of its own: the current one may be edited in place, by hand.
  const copy = content instanceof Uint8Array ? content : piecesOf(staged.temporary)
  return stage(context, path, copy, request)
}

/** Opened when the first piece is asked for, but for `fd`: a stream that nobody came to read would fail with nobody to hear it. */
async function* piecesOf(path: string, fd?: number): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, fd === undefined ? {} : { fd, start: 0, autoClose: false })
}

/** Opens what a stream gave, which can be read from it only once, should it have to be staged again in another folder. */
function holdStreamed(
  { fileSystem }: FileContext,
  content: Content,
  { temporary }: StagedFile,
): number | undefined {
  // Windows does not rename what is open everywhere.
  if (content instanceof Uint8Array || process.platform === "win32") return undefined
  try {
    return fileSystem.openSync(temporary, "r")
  } catch {
    return undefined
  }
}

function commit(
  context: FileContext,
  replacement: Replacement,
  held: BriefLock | undefined,
): Promise<Committed> {
  if (held !== undefined) {
    held.assertHeld()
    return commitUnderLock(context, replacement, held)
  }
  const { key, request } = replacement
  const limits = { timeout: commitTimeout, signal: request.signal }
  return context.locks.commit(key, limits, (lock) => commitUnderLock(context, replacement, lock))
}

async function commitUnderLock(
  context: FileContext,
  replacement: Replacement,
  lock: BriefLock,
): Promise<Committed> {
  const { key, staged, version, request } = replacement
  const check = stillHeld(lock)
  throwIfAborted(request.signal, `Saving "${key}"`)
  const committed = prepareCommit(context, replacement, check)
  try {
    // Nothing may come in between, so what has taken effect already is not waited for.
    const recorded = version?.rename()
    // One that is there all the same is recorded.
    recorded?.catch(() => {})
    if (version && factsOf(version.path) === undefined) await recorded?.catch(failBefore)
    await staged.rename({ check })
    return committed
  } catch (error) {
    undoRecords(context, [committed.backup, version], error)
    throw error
  }
}

function failBefore(error: unknown): never {
  throw determinate(error)
}

async function settle(
  { fileSystem }: FileContext,
  key: string,
  { staged, version }: StagedValue,
  { backup }: Committed,
): Promise<void> {
  if (version === undefined && backup === undefined) return await staged.settle()
  await settled(key, [
    staged.settle(),
    ...(version ? [version.settle()] : []),
    ...(backup ? [syncFolder(dirname(backup.path), { fileSystem })] : []),
  ])
}
