import type { TomlDefinition, TomlSection } from "./toml-tree.ts"

/** What stands in a TOML text at a path or below it, in the order of the text. */
export interface TomlBelow {
  readonly sections: readonly TomlSection[]
  readonly definitions: readonly TomlDefinition[]
}

const nothing: TomlBelow = { sections: [], definitions: [] }

/** Finds sections and definitions by their paths: a large file has many, and each of many changes asks. */
export class TomlIndex {
  readonly #below = new Map<string, { sections: TomlSection[]; definitions: TomlDefinition[] }>()
  readonly #definitions = new Map<string, TomlDefinition>()
  readonly #items = new Set<string>()

  /** @param sections Those of the text, the one before all headers first. */
  constructor(sections: readonly TomlSection[]) {
    for (const section of sections) {
      const { node, path, isArrayItem, definitions } = section
      if (isArrayItem) this.#items.add(keyOf(path))
      if (node) for (const key of keysOf(path)) this.#at(key).sections.push(section)
      for (const definition of definitions) {
        const keys = keysOf(definition.path)
        for (const key of keys) this.#at(key).definitions.push(definition)
        this.#definitions.set(keys.at(-1)!, definition)
      }
    }
  }

  /** Sections with a header, and definitions, at `path` or below it. */
  below(path: readonly string[]): TomlBelow {
    return this.#below.get(keyOf(path)) ?? nothing
  }

  /** The definition at `path` or on the way to it. */
  definitionOn(path: readonly string[]): TomlDefinition | undefined {
    for (const key of keysOf(path)) {
      const definition = this.#definitions.get(key)
      if (definition !== undefined) return definition
    }
    return undefined
  }

  /** Whether a section is the item of a list that `path` names. */
  isItem(path: readonly string[]): boolean {
    return this.#items.has(keyOf(path))
  }

  #at(key: string): { sections: TomlSection[]; definitions: TomlDefinition[] } {
    const known = this.#below.get(key)
    if (known !== undefined) return known
    const made = { sections: [], definitions: [] }
    this.#below.set(key, made)
    return made
  }
}

/** The keys of a path and of all that it begins with, from the shortest to the longest. */
function keysOf(path: readonly string[]): string[] {
  let key = ""
  return [key, ...path.map((name) => (key += JSON.stringify(name)))]
}

function keyOf(path: readonly string[]): string {
  return path.map((name) => JSON.stringify(name)).join("")
}
