import { parsePointer } from "../../diff/patch.ts"
import { valueAt } from "../../layers/merge-layers.ts"
import type { ConfigFormat } from "../formats/config-format.ts"
import { withoutBom } from "../formats/decode-error.ts"
import { applySplices, type Splice } from "./splice.ts"
import type { EditOperation } from "./text-editor.ts"
import { tomlInPlaceOf } from "./toml-kind.ts"
import { tomlDefinitions, tomlValueAt } from "./toml-tree.ts"
import { isBlockScalar, isScalar } from "./yaml-nodes.ts"
import { yamlInline } from "./yaml-print.ts"
import { contentStart, memberIndex, yamlContainer, yamlMember, yamlTree } from "./yaml-tree.ts"

/** A text with the first so many of several changes made. */
export interface WordsTogether {
  readonly text: string
  readonly count: number
}

/**
 * Makes as many of the first changes at once as put a word or a text of one line in the place of another:
 * such a change touches nothing around it, so that the text comes out as after one change at a time, each of
 * which would read all of it again. Whether it holds what was meant is for the caller to see.
 *
 * @param value What the text holds. @returns Undefined when it would be no more than one.
 */
export function wordsTogether(
  format: ConfigFormat,
  whole: string,
  value: unknown,
  operations: readonly EditOperation[],
): WordsTogether | undefined {
  const finder = finders[format.name]
  const first = operations.slice(0, 2)
  if (finder === undefined || first.length < 2) return undefined
  if (!first.every((operation) => isForWord(value, operation))) return undefined
  const text = withoutBom(whole)
  const splices: Splice[] = []
  try {
    const find = finder(text)
    for (const operation of operations) {
      if (!isForWord(value, operation)) break
      const word = find(parsePointer(operation.path), operation.value)
      if (word === undefined || /[\r\n]/.test(text.slice(word.start, word.end) + word.text)) break
      splices.push(word)
    }
  } catch {
    // Nothing is found there, or the format has no form for it: the change itself will say.
  }
  if (splices.length < 2) return undefined
  const bom = whole.slice(0, whole.length - text.length)
  return { text: bom + applySplices(text, splices), count: splices.length }
}

function isForWord(
  root: unknown,
  operation: EditOperation,
): operation is Extract<EditOperation, { readonly value: unknown }> {
  if (operation.op !== "replace" || operation.path === "") return false
  const { isThere, value } = valueAt(root, parsePointer(operation.path))
  return isThere && isSingle(value) && isSingle(operation.value)
}

function isSingle(value: unknown): boolean {
  return typeof value !== "object" || value === null
}

/** Finds what the first proposal of the format's editor would replace. @throws RangeError when nothing is there. */
type WordFinder = (path: readonly string[], value: unknown) => Splice | undefined

function tomlWords(text: string): WordFinder {
  const definitions = tomlDefinitions(text)
  return (path, value) => {
    const node = tomlValueAt(definitions, path)?.node
    if (node?.type !== "TOMLValue") return undefined
    const [start, end] = node.range
    const [printed] = tomlInPlaceOf(text, node, value, path)
    return { start, end, text: printed! }
  }
}

function yamlWords(text: string): WordFinder {
  const document = yamlTree(text)
  return (path, value) => {
    const container = yamlContainer(document, path.slice(0, -1))
    const index = memberIndex(document, container, path.at(-1)!)
    const { value: node, properties, end } = yamlMember(text, container, index)
    // An anchor may stand for it elsewhere too, and not every value fits every tag.
    if (properties !== undefined || isBlockScalar(node) || !isScalar(node)) return undefined
    return { start: contentStart(text, node), end, text: yamlInline(value, node.type ?? null) }
  }
}

const finders: Partial<Record<ConfigFormat["name"], (text: string) => WordFinder>> = {
  yaml: yamlWords,
  toml: tomlWords,
}
