import type { ConfigFormat } from "../formats/config-format.ts"
import { withoutBom } from "../formats/decode-error.ts"
import { editJson } from "./json-edit.ts"
import type { TextEditor, TextEdits } from "./text-editor.ts"
import { editToml } from "./toml-edit.ts"
import { editYaml } from "./yaml-edit.ts"

const editors: Readonly<Record<ConfigFormat["name"], TextEditor>> = Object.freeze({
  json: editJson,
  jsonc: editJson,
  yaml: editYaml,
  toml: editToml,
})

/** A text that changes begin from. */
export interface OpenText {
  /** Its byte order mark, or nothing. */
  readonly bom: string
  readonly body: string
  readonly edits: TextEdits
}

/** Reads `text` for changes. */
export function openText({ name }: ConfigFormat, text: string): OpenText {
  const body = withoutBom(text)
  return { bom: text.slice(0, text.length - body.length), body, edits: editors[name](body) }
}
