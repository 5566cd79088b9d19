import type { ConfigFormat } from "../formats/config-format.ts"
import { withoutBom } from "../formats/decode-error.ts"
import { type JsonContainer, scanContainer } from "./json-scan.ts"
import { TomlIndex } from "./toml-index.ts"
import { tomlSections, tomlValueAt } from "./toml-tree.ts"
import { skipTrivia, slashComments } from "./trivia.ts"
import { isMap } from "./yaml-nodes.ts"
import { memberIndex, yamlContainer, yamlMember, yamlTree } from "./yaml-tree.ts"

/** Offset of what a path names: its key, or the item. Undefined, or an error, when nothing is found. */
type Locator = (path: readonly string[]) => number | undefined

/**
 * Finds where things stand in a text of `format`: what a path names, or what it lies in where it has no place
 * of its own, as behind an alias. What asks for many in one go reads the text once.
 */
export function locatorIn(format: ConfigFormat, text: string): Locator {
  const body = withoutBom(text)
  const bom = text.length - body.length
  let kept: WeakRef<Locator> | undefined
  return (path) => {
    if (path.length === 0) return bom
    const locate = kept?.deref() ?? locators[format.name](body)
    kept = new WeakRef(locate)
    for (let length = path.length; length > 0; length--) {
      const offset = located(locate, path.slice(0, length))
      if (offset !== undefined) return offset + bom
    }
    return undefined
  }
}

function located(locate: Locator, path: readonly string[]): number | undefined {
  try {
    return locate(path)
  } catch {
    return undefined
  }
}

type Reader = (text: string) => Locator

const locateJson: Reader = (text) => {
  const containers = new Map<number, JsonContainer | undefined>()
  const containerAt = (open: number) => {
    if (!containers.has(open)) containers.set(open, scanContainer(text, open))
    return containers.get(open)
  }
  const root = skipTrivia(text, 0, slashComments)
  return (path) => {
    let [value, start] = [root, root]
    for (const name of path) {
      const container = containerAt(value)
      const children = container?.children ?? []
      const child = container?.isArray
        ? children[Number(name)]
        : children.findLast(({ key }) => key === name)
      if (child === undefined) return undefined
      value = child.value
      start = child.start
    }
    return start
  }
}

const locateYaml: Reader = (text) => {
  const document = yamlTree(text)
  return (path) => {
    const container = yamlContainer(document, path.slice(0, -1))
    const index = memberIndex(document, container, path.at(-1)!)
    const { start, value } = yamlMember(text, container, index)
    if (isMap(container)) return start
    return (value as { range?: readonly number[] } | undefined)?.range?.[0] ?? start
  }
}

const locateToml: Reader = (text) => {
  const index = new TomlIndex(tomlSections(text))
  return (path) => {
    const found = tomlValueAt(index, path)
    if (found?.inside?.type === "TOMLInlineTable") return found.inside.body[found.index]!.range[0]
    if (found) return found.inside ? found.node.range[0] : found.definition.node.range[0]
    const { sections, definitions } = index.below(path)
    return sections[0]?.node?.range[0] ?? definitions[0]?.node.range[0]
  }
}

const locators: Readonly<Record<ConfigFormat["name"], Reader>> = Object.freeze({
  json: locateJson,
  jsonc: locateJson,
  yaml: locateYaml,
  toml: locateToml,
})
