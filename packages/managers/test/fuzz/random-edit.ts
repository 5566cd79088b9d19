import type { Random } from "../../../../.ci/seeded-random.ts"
import type { EditOperation } from "../../src/configs/edit/text-editor.ts"
import type { ConfigFormat } from "../../src/configs/formats/config-format.ts"
import { escapePointer } from "../../src/diff/patch.ts"
import { isPlainObject } from "../../src/plain-object.ts"
import { hostileKeys, hostileValue } from "./hostile-words.ts"

interface Place {
  readonly pointer: string
  readonly value: unknown
}

function places(value: unknown, pointer = ""): Place[] {
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => places(item, `${pointer}/${index}`))
    : isPlainObject(value)
      ? Object.keys(value).flatMap((name) =>
          places(value[name], `${pointer}/${escapePointer(name)}`),
        )
      : []
  return [{ pointer, value }, ...inner]
}

function newValue(random: Random, isToml: boolean, container?: unknown): unknown {
  const id = random.below(1e6)
  // In TOML a list of tables is written as sections, between which nothing but a table has a place.
  const isTables =
    Array.isArray(container) && container.length > 0 && container.every(isPlainObject)
  if (isToml && isTables) return { a: id, "b c": [1, "x"] }
  if (random.chance(0.5)) return hostileValue(random, !isToml)
  const scalars = [
    id,
    `new ${id}`,
    true,
    id + 0.5,
    `tricky: "${id}" # , ]}'`,
    "",
    "true",
    `two\nlines ${id}`,
  ]
  const all = [...scalars, ...scalars, { a: id, "b c": [1, "x"] }, [id, { z: `n${id}` }], {}, []]
  return random.pick(isToml ? all : [...all, null])
}

/** One random change of `value`. */
export function randomEdit(random: Random, value: unknown, format: ConfigFormat): EditOperation {
  const isToml = format.name === "toml"
  const all = places(value)
  const containers = all.filter((place) => isPlainObject(place.value) || Array.isArray(place.value))
  const inner = all.slice(1)
  if (containers.length === 0) return { op: "replace", path: "", value: newValue(random, isToml) }
  if (inner.length === 0 || random.chance(0.3)) {
    const { pointer, value: container } = random.pick(containers)
    const next = newValue(random, isToml, container)
    if (!Array.isArray(container)) {
      const usual = random.pick(["new", "n.e", "with space"]) + random.below(100)
      const name = random.chance(0.5) ? random.pick(hostileKeys) : usual
      const op = Object.hasOwn(container as object, name) ? "replace" : "add"
      return { op, path: `${pointer}/${escapePointer(name)}`, value: next }
    }
    const index = random.below(container.length + 1)
    return { op: "add", path: `${pointer}/${index}`, value: next }
  }
  const { pointer } = random.pick(inner)
  const outer = all.find((place) => place.pointer === pointer.slice(0, pointer.lastIndexOf("/")))
  if (random.chance(0.4)) return { op: "remove", path: pointer }
  return { op: "replace", path: pointer, value: newValue(random, isToml, outer?.value) }
}
