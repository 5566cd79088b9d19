import { existsSync } from "node:fs"
import { chmod, readFile, stat } from "node:fs/promises"
import { PersistError, retryConflicts, withLock, writeFileAtomic } from "@persist/core"
import { isError } from "@persist/core/options"
import { editConfig } from "../configs/edit/edit-config.ts"
import { namingErrors } from "../configs/naming-errors.ts"
import { applyEdits } from "../configs/plan-update.ts"
import type { PlainObject } from "../plain-object.ts"
import { fileLayer, type LayerFile, readLayerFile } from "./file-layer.ts"
import type { FileValues, StoredEdit } from "./file-values.ts"
import { versionOf } from "./file-versions.ts"
import { valueAt } from "./merge-layers.ts"
import { hasSecrets } from "./secrets.ts"
import { type StoredFile, storedFile } from "./stored-file.ts"

/** The text of a layer's file with the edits made. What goes from a list goes alone. */
export function editLayerText(
  file: LayerFile,
  values: FileValues,
  edits: readonly StoredEdit[],
): string {
  const before = fileLayer(file)?.values
  const stored = values.stored(file, before)
  const after = applyEdits(stored, edits)
  const paths = stored === before ? edits.map(({ path }) => path) : undefined
  const text = changedText(file, before, after, paths)
  const gone = edits.find(({ path, value }) => {
    const outer = value === undefined ? valueAt(stored, path.slice(0, -1)).value : undefined
    return Array.isArray(outer) && hasSecrets(outer)
  })
  if (gone === undefined) return text
  // The items behind it have other places now, which their secrets are bound to.
  return changedText({ ...file, text }, after, values.resealed(stored, gone))
}

/**
 * Writes a file of an old version in the current one, with as few changes as can be; what it was is
 * kept beside it as `<file>.v<version>.bak`.
 */
export async function upgradeLayerFile(
  found: LayerFile,
  values: FileValues,
  replace: ReplaceLayer,
): Promise<LayerFile> {
  return untilUndisturbed(found.path, async () => {
    const file = readLayerFile(found.layer, found.path)
    const before = fileLayer(file)?.values
    // Where nothing is, nothing is to be upgraded, and somebody may be saving it.
    const isEmpty = before === undefined || file.text?.trim() === ""
    if (isEmpty || !values.versions.isOld(before, file.path)) return file
    const after = values.stored(file, before)
    const text = changedText(file, before, after)
    await keepCopy(file.path, `${file.path}.v${versionOf(before, file.path) ?? 0}`)
    await replace(file, text, hasSecrets(after))
    return { ...file, text }
  })
}

/** Copies a file to `<name>.bak`, whole or not at all; when something else is kept there already, to `<name>.2.bak` and so on. */
async function keepCopy(path: string, name: string): Promise<void> {
  const bytes = await readFile(path)
  const mode = (await stat(path)).mode & 0o777
  for (let number = 1; ; number++) {
    const copy = `${name}${number === 1 ? "" : `.${number}`}.bak`
    try {
      const beforeCommit = () => {
        if (existsSync(copy)) throw isKept
      }
      await writeFileAtomic(copy, bytes, { mode, beforeCommit })
      return
    } catch (error) {
      if (error !== isKept) throw ioError(copy, error)
    }
    if (bytes.equals(await readFile(copy))) return
  }
}

const isKept = new Error("something is kept there")

/** How the file of a layer is replaced; one that holds secrets is for its owner alone. @throws `ERR_PERSIST_CONFLICT` when it is not as it was read any more. */
export type ReplaceLayer = (file: LayerFile, text: string, isSecret: boolean) => Promise<void>

/** Replaces a file under the lock of its path, or of the storage that it lies in. */
export async function replaceFile(file: LayerFile, text: string, isSecret: boolean): Promise<void> {
  try {
    const stored = await storedFile(file)
    if (stored !== undefined) {
      await using _ = stored.storage
      await replaceStored(file, text, isSecret, stored.replace)
      return
    }
    await withLock(file.path, async () => {
      const make = (first: string) =>
        writeFileAtomic(file.path, first, { beforeCommit: () => assertSame(file) })
      // A replacement takes over the mode, so nobody else can read the new text at any time.
      const before = isSecret ? await hidden(file, make) : file
      // Syncing takes long enough for somebody to edit the file by hand.
      await writeFileAtomic(file.path, text, { beforeCommit: () => assertSame(before) })
    })
  } catch (error) {
    throw ioError(file.path, error)
  }
}

/** Replaces a file that a storage keeps. @param replace As `ConfigFiles.replace`. */
export async function replaceStored(
  file: LayerFile,
  text: string,
  isSecret: boolean,
  replace: StoredFile["replace"],
): Promise<void> {
  const { text: before } = isSecret
    ? await hidden(file, (first) => replace(undefined, first))
    : file
  await replace(before, text)
}

/** Runs `edit` again for as long as somebody else changes the file between its reading and its replacement. */
export function untilUndisturbed<T>(path: string, edit: () => Promise<T>): Promise<T> {
  return retryConflicts(`Editing ${path}`, { timeout: 30_000, signal: undefined }, edit)
}

/**
 * Hides a file that is about to hold secrets, before it does.
 *
 * @param make Makes the file where it is not there yet. @throws `ERR_PERSIST_CONFLICT` when somebody else did meanwhile.
 * @returns The file as it is then.
 */
async function hidden(
  file: LayerFile,
  make: (text: string) => Promise<unknown>,
): Promise<LayerFile> {
  const { text = file.format.print({}) } = file
  if (file.text === undefined) await make(text)
  await hideFile(file)
  return { ...file, text }
}

/** Makes a file that holds secrets one for its owner alone. */
export async function hideFile({ path }: LayerFile): Promise<void> {
  await chmod(path, 0o600).catch((error) => {
    throw ioError(path, error)
  })
}

/** What the system said as `ERR_PERSIST_IO`; any other error as it is. */
function ioError(path: string, cause: unknown): unknown {
  if (PersistError.is(cause) || !(isError(cause) && "code" in cause)) return cause
  return new PersistError("ERR_PERSIST_IO", `Cannot write ${path}: ${cause.message}`, {
    cause,
    path,
  })
}

function assertSame({ layer, path, text }: LayerFile): void {
  if (readLayerFile(layer, path).text !== text) throw overtaken(path)
}

/** That somebody else is at work on a file. */
export function overtaken(path: string): PersistError {
  return new PersistError("ERR_PERSIST_CONFLICT", `${path} was changed while it was edited.`, {
    path,
  })
}

/** @param paths Where the two differ, if that is known. */
function changedText(
  { path: file, format, text }: LayerFile,
  before: PlainObject | undefined,
  after: PlainObject,
  paths?: readonly (readonly string[])[],
): string {
  return namingErrors(`The configuration ${file}`, { path: file }, () =>
    text === undefined
      ? format.print(after)
      : editConfig({ format, text, before, after, ...(paths && { paths }) }),
  )
}
