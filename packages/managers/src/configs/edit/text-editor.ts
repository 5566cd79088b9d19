import type { PatchOperation } from "../../diff/patch.ts"

/** One change of a configuration: what JSON Patch calls add, replace and remove. */
export type EditOperation = Exclude<PatchOperation, { op: "text" }>

/**
 * Makes a change in the text of one format. It may propose several texts, the best first: only one
 * that reads back as what was meant is ever used. It may throw a `RangeError` for what it cannot do.
 */
export type TextEditor = (
  text: string,
  operation: EditOperation,
  path: readonly string[],
) => Iterable<string>
