import type { Document, Node } from "yaml"
import { applyPatch, escapePointer } from "../../diff/patch.ts"
import { copyPlain } from "../../plain-object.ts"
import type { Splice } from "./splice.ts"
import type { EditOperation } from "./text-editor.ts"
import type { TextStyle } from "./text-style.ts"
import { isAlias, isCollection, isPair } from "./yaml-nodes.ts"
import { replaceMember } from "./yaml-replace.ts"
import { memberIndex, yamlContainer, yamlMember } from "./yaml-tree.ts"

/** How much of the path leads to an alias that the rest of it lies behind; 0 when there is none. */
export function aliasDepth(text: string, document: Document, path: readonly string[]): number {
  for (let depth = 1; depth < path.length; depth++) {
    if (isAlias(memberAt(text, document, path.slice(0, depth)).value)) return depth
  }
  return 0
}

/**
 * Changes what lies behind an alias: what it stands for is written in its place, with the change made, so
 * that all else that shares it stays as it is.
 */
export function* editBehindAlias(
  text: string,
  document: Document,
  operation: EditOperation,
  path: readonly string[],
  style: TextStyle,
  depth: number,
): Generator<Splice[], void, undefined> {
  const { container, index, value } = memberAt(text, document, path.slice(0, depth))
  if (!isAlias(value)) return
  const node = value.resolve(document) as Node
  if (hasTag(document, node, new Set())) throw new RangeError("what an alias stands for has tags")
  const meant = node.toJS(document, { maxAliasCount: 1000 })
  const rest = path.slice(depth).map((name) => `/${escapePointer(name)}`)
  const changed = applyPatch(copyPlain(meant), [{ ...operation, path: rest.join("") }])
  yield* replaceMember(text, container, index, changed, style)
}

/** A value that is written out would have no tags, and they may mean something to other programs. */
function hasTag(document: Document, node: unknown, seen: Set<unknown>): boolean {
  if (seen.has(node)) return false
  seen.add(node)
  if (isAlias(node)) return hasTag(document, node.resolve(document), seen)
  if (isPair(node)) return hasTag(document, node.key, seen) || hasTag(document, node.value, seen)
  if (isCollection(node) && node.items.some((item) => hasTag(document, item, seen))) return true
  return (node as Node | null)?.tag !== undefined
}

function memberAt(text: string, document: Document, path: readonly string[]) {
  const container = yamlContainer(document, path.slice(0, -1))
  const index = memberIndex(document, container, path.at(-1)!)
  return { container, index, value: yamlMember(text, container, index).value }
}
