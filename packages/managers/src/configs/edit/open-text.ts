import type { ConfigFormat } from "../formats/config-format.ts"
import { withoutBom } from "../formats/decode-error.ts"
import { editJson } from "./json-edit.ts"
import type { TextEditor, TextEdits } from "./text-editor.ts"
import { type TextStyle, textStyle, yamlTextStyle } from "./text-style.ts"
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
  readonly style: TextStyle
  readonly edits: TextEdits
}

/** Reads `text` for changes; `style` is that of the text before the first of several, which may leave too little to tell. */
export function openText({ name }: ConfigFormat, text: string, style?: TextStyle): OpenText {
  const body = withoutBom(text)
  const layout = style ?? (name === "yaml" ? yamlTextStyle : textStyle)(body)
  const bom = text.slice(0, text.length - body.length)
  return { bom, body, style: layout, edits: editors[name](body, layout) }
}
