import { isDeepStrictEqual } from "node:util"
import { PersistError } from "@persist/core"
import { Random } from "../../../../.ci/seeded-random.ts"
import { editConfig } from "../../src/configs/edit/edit-config.ts"
import type { EditOperation } from "../../src/configs/edit/text-editor.ts"
import type { ConfigFormat, ConfigFormatName } from "../../src/configs/formats/config-format.ts"
import { configFormats } from "../../src/configs/formats/formats.ts"
import { applyPatch } from "../../src/diff/patch.ts"
import { isPlainObject } from "../../src/plain-object.ts"
import { harmOf } from "./edit-check.ts"
import { hostileJson } from "./hostile-json.ts"
import { hostileToml } from "./hostile-toml.ts"
import { hostileYaml } from "./hostile-yaml.ts"
import { jsonDocument } from "./json-document.ts"
import { randomEdit } from "./random-edit.ts"
import { tomlDocument } from "./toml-document.ts"
import { yamlDocument } from "./yaml-document.ts"

type Writer = (random: Random) => string

/** For every format, documents as people write them, and documents at their worst. */
export const writers: Record<ConfigFormatName, readonly [Writer, Writer]> = {
  json: [(random) => jsonDocument(random, false), (random) => hostileJson(random, false)],
  jsonc: [(random) => jsonDocument(random, true), (random) => hostileJson(random, true)],
  yaml: [yamlDocument, hostileYaml],
  toml: [tomlDocument, hostileToml],
}

export interface FuzzResult {
  readonly edits: number
  readonly refused: readonly string[]
}

/** Makes random edits in random documents and checks each; throws with the document when one is wrong. */
export function fuzzEdits(name: ConfigFormatName, edits: number, seed: number): FuzzResult {
  const format = configFormats[name]
  const random = new Random(seed)
  const refused: string[] = []
  for (let done = 0; done < edits; ) {
    const text = random.pick(writers[name])(random)
    const before = parsed(format, text)
    if (before === undefined) continue
    for (let turn = 0; turn < 3; turn++, done++) {
      const operation = randomEdit(random, before, format)
      const meant = applyPatch(copy(before), [copy(operation) as EditOperation])
      const report = (what: string) =>
        new Error(
          `${what}, seed ${seed}\n${JSON.stringify(operation)}\n${JSON.stringify(text)}\n${text}`,
        )
      let edited: string
      try {
        edited = editConfig({ format, text, before, after: meant })
      } catch (error) {
        const isRefusal =
          PersistError.is(error, "ERR_PERSIST_UNSUPPORTED") ||
          PersistError.is(error, "ERR_PERSIST_ENCODE")
        if (!isRefusal) throw error
        refused.push(report(error.message).message)
        continue
      }
      const shown = () => `${report("wrong").message}\n--- became ---\n${edited}`
      if (!isDeepStrictEqual(format.parse(edited), meant)) throw new Error(`value: ${shown()}`)
      const harm =
        edited === text ? undefined : harmOf({ format: name, text, edited, operation, before })
      if (harm !== undefined) throw new Error(`${harm}: ${shown()}`)
    }
  }
  return { edits, refused }
}

/** What a text holds; undefined where it is none of the format. */
export function parsed(format: ConfigFormat, text: string): unknown {
  try {
    return format.parse(text)
  } catch {
    return undefined
  }
}

/** A copy in which nothing is shared, as YAML's aliases share it. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copy(inner)]))
}
