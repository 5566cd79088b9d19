import type { ConfigFormat } from "../formats/config-format.ts"
import { scanContainer } from "./json-scan.ts"
import { tomlSections, tomlValueAt } from "./toml-tree.ts"
import { skipTrivia, slashComments } from "./trivia.ts"
import { isMap } from "./yaml-nodes.ts"
import { memberIndex, yamlContainer, yamlMember, yamlTree } from "./yaml-tree.ts"

/**
 * Offset of what `path` names in a text of `format`: its key, or the item; of what it lies in where it
 * has no place of its own, as behind an alias. Undefined when nothing is found.
 */
export function locateInText(
  format: ConfigFormat,
  text: string,
  path: readonly string[],
): number | undefined {
  const bom = text.startsWith("\uFEFF") ? 1 : 0
  if (path.length === 0) return bom
  const body = text.slice(bom)
  for (let length = path.length; length > 0; length--) {
    const offset = located(format, body, path.slice(0, length))
    if (offset !== undefined) return offset + bom
  }
  return undefined
}

function located(format: ConfigFormat, text: string, path: readonly string[]): number | undefined {
  try {
    return locators[format.name](text, path)
  } catch {
    return undefined
  }
}

type Locator = (text: string, path: readonly string[]) => number | undefined

const locateJson: Locator = (text, path) => {
  let value = skipTrivia(text, 0, slashComments)
  let start = value
  for (const name of path) {
    const container = scanContainer(text, value)
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

const locateYaml: Locator = (text, path) => {
  const document = yamlTree(text)
  const container = yamlContainer(document, path.slice(0, -1))
  const index = memberIndex(document, container, path.at(-1)!)
  const { start, value } = yamlMember(text, container, index)
  if (isMap(container)) return start
  return (value as { range?: readonly number[] } | undefined)?.range?.[0] ?? start
}

const locateToml: Locator = (text, path) => {
  const sections = tomlSections(text)
  const definitions = sections.flatMap((section) => section.definitions)
  const found = tomlValueAt(definitions, path)
  if (found?.inside?.type === "TOMLInlineTable") return found.inside.body[found.index]!.range[0]
  if (found) return found.inside ? found.node.range[0] : found.definition.node.range[0]
  const starts = (other: readonly string[]) => path.every((name, index) => other[index] === name)
  const section = sections.find((one) => one.node && starts(one.path))
  return section?.node?.range[0] ?? definitions.find((one) => starts(one.path))?.node.range[0]
}

const locators: Readonly<Record<ConfigFormat["name"], Locator>> = Object.freeze({
  json: locateJson,
  jsonc: locateJson,
  yaml: locateYaml,
  toml: locateToml,
})
