import { editConfig } from "../src/configs/edit/edit-config.ts"
import type { ConfigFormatName } from "../src/configs/formats/config-format.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { applyEdits, type ConfigEdit } from "../src/configs/plan-update.ts"
import type { PlainObject } from "../src/plain-object.ts"

/** `text` with these values at these dotted paths; `undefined` removes. */
export function edit(
  name: ConfigFormatName,
  text: string,
  ...edits: [path: string, value: unknown][]
): string {
  const format = configFormats[name]
  const before = format.parse(text) as PlainObject
  const changes: ConfigEdit[] = edits.map(([path, value]) => ({ path: path.split("."), value }))
  return editConfig({ format, text, before, after: applyEdits(before, changes) })
}
