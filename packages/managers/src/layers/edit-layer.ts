import { constants } from "node:fs"
import { chmod, copyFile } from "node:fs/promises"
import { ConfigText } from "../configs/config-text.ts"
import { editConfig } from "../configs/edit/edit-config.ts"
import { applyEdits, withoutUndefined } from "../configs/plan-update.ts"
import type { PlainObject } from "../plain-object.ts"
import { fileLayer, type LayerFile } from "./file-layer.ts"
import { type FileVersions, versionOf } from "./file-versions.ts"

/** The text of a layer's file with the value at `path` set, or removed when it is undefined. */
export function editLayerText(
  file: LayerFile,
  versions: FileVersions,
  path: readonly string[],
  value: unknown,
): string {
  const before = fileLayer(file)?.values ?? {}
  const upgraded = versions.upgrade(before, file.path)
  return changedText(file, before, applyEdits(upgraded, [{ path, value: withoutUndefined(value) }]))
}

/**
 * Writes a file of an old version in the current one, with as few changes as can be; what it was is
 * kept beside it as `<file>.v<version>.bak`.
 */
export async function upgradeLayerFile(
  file: LayerFile,
  versions: FileVersions,
): Promise<LayerFile> {
  const before = fileLayer(file)?.values
  if (before === undefined || !versions.isOld(before, file.path)) return file
  const text = changedText(file, before, versions.upgrade(before, file.path))
  const backup = `${file.path}.v${versionOf(before) ?? 0}.bak`
  await copyFile(file.path, backup, constants.COPYFILE_EXCL).catch((error) => {
    if (error.code !== "EEXIST") throw error
  })
  await new ConfigText("").serialize(text, file.path)
  return { ...file, text }
}

/** Replaces a layer's file; one that holds secrets is for its owner alone. */
export async function writeLayerFile(
  { path }: LayerFile,
  text: string,
  isSecret: boolean,
): Promise<void> {
  await new ConfigText("").serialize(text, path)
  if (isSecret) await chmod(path, 0o600)
}

function changedText({ format, text }: LayerFile, before: PlainObject, after: PlainObject): string {
  if (text === undefined) return format.print(after)
  return editConfig({ format, text, before: text.trim() === "" ? null : before, after })
}
