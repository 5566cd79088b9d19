import type { PatchOperation } from "../../diff/patch.ts"
import type { Splice } from "./splice.ts"
import type { TextStyle } from "./text-style.ts"

/** One change of a configuration: what JSON Patch calls add, replace and remove. */
export type EditOperation = Exclude<PatchOperation, { op: "text" }>

/**
 * What to replace for a change, in several ways, the best first: only one that reads back as what was meant
 * is ever used. May throw a `RangeError` for what cannot be done.
 */
export type TextEdits = (
  operation: EditOperation,
  path: readonly string[],
) => Iterable<readonly Splice[]>

/** Reads a text of one format, without its byte order mark, for changes that each begin from it. */
export type TextEditor = (text: string, style: TextStyle) => TextEdits
