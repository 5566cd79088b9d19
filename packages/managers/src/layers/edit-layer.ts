import { chmod } from "node:fs/promises"
import { ConfigText } from "../configs/config-text.ts"
import { editConfig } from "../configs/edit/edit-config.ts"
import { applyEdits, withoutUndefined } from "../configs/plan-update.ts"
import { fileLayer, type LayerFile } from "./file-layer.ts"

/** The text of a layer's file with the value at `path` set, or removed when it is undefined. */
export function editLayerText(file: LayerFile, path: readonly string[], value: unknown): string {
  const before = fileLayer(file)?.values ?? {}
  const after = applyEdits(before, [{ path, value: withoutUndefined(value) }])
  const { format, text } = file
  if (text === undefined) return format.print(after)
  return editConfig({ format, text, before: text.trim() === "" ? null : before, after })
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
