import { findValue, type JsonContainer, scanContainer } from "./json-scan.ts"

/** Finds where values stand in a JSON text. What is asked for again and again is read once. */
export class JsonPlaces {
  readonly #text: string
  readonly #root: number
  #asked = 0
  /** By where they begin. */
  readonly #containers = new Map<number, JsonContainer>()
  readonly #members = new Map<JsonContainer, ReadonlyMap<string, number | undefined>>()

  /** @param root Where the value begins. */
  constructor(text: string, root: number) {
    this.#text = text
    this.#root = root
  }

  /** Offset of the value at `path`. @throws RangeError when there is none. */
  value(path: readonly string[]): number {
    // A list of all members would be too much for one.
    if (this.#asked++ === 0) return findValue(this.#text, this.#root, path)
    return path.reduce((at, name) => {
      const container = this.#container(at)
      const index = container?.isArray ? Number(name) : container && this.member(container, name)
      const child = container?.children[index ?? -1]
      if (child === undefined) throw new RangeError("there is no value at the path")
      return child.value
    }, this.#root)
  }

  /** @throws RangeError when there is none at the path. */
  container(path: readonly string[]): JsonContainer {
    const container = this.#container(this.value(path))
    if (container === undefined) throw new RangeError("there is no container at the path")
    return container
  }

  /**
   * The place of a member of an object, -1 when there is none.
   *
   * @throws RangeError when the name stands there twice: readers disagree on which one counts.
   */
  member(object: JsonContainer, name: string): number {
    const places = this.#placesIn(object)
    const index = places.get(name)
    if (index === undefined && places.has(name))
      throw new RangeError(`"${name}" stands there twice`)
    return index ?? -1
  }

  #container(open: number): JsonContainer | undefined {
    const known = this.#containers.get(open)
    if (known !== undefined) return known
    const found = scanContainer(this.#text, open)
    if (found !== undefined) this.#containers.set(open, found)
    return found
  }

  /** Undefined for a name that stands there twice. */
  #placesIn(object: JsonContainer): ReadonlyMap<string, number | undefined> {
    const known = this.#members.get(object)
    if (known !== undefined) return known
    const found = new Map<string, number | undefined>()
    for (const [index, { key }] of object.children.entries()) {
      found.set(key!, found.has(key!) ? undefined : index)
    }
    this.#members.set(object, found)
    return found
  }
}
