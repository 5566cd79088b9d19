import { isDeepStrictEqual } from "node:util"
import { Random } from "../../../../.ci/seeded-random.ts"
import { editConfig } from "../../src/configs/edit/edit-config.ts"
import type { EditOperation } from "../../src/configs/edit/text-editor.ts"
import type { ConfigFormat, ConfigFormatName } from "../../src/configs/formats/config-format.ts"
import { configFormats } from "../../src/configs/formats/formats.ts"
import { diffValues } from "../../src/diff/diff-values.ts"
import { applyPatch } from "../../src/diff/patch.ts"
import { copyPlain } from "../../src/plain-object.ts"
import { parsed, writers } from "./fuzz-edits.ts"
import { randomEdit } from "./random-edit.ts"

/** What became of the documents of a run. */
export interface FuzzedTogether {
  /** How many were edited, at once and one after the other. */
  edited: number
  /** Of how many the new tables have another form or place: whether those beside them are inline was asked at another time. */
  otherwise: number
  /** How often a text was read back for the one, and for the other. */
  readings: { together: number; single: number }
}

/**
 * Makes several changes in random documents, at once and one after the other: throws where that makes two
 * texts (of TOML, where one of them lacks something of the text before that the other has, or holds something else),
 * or where what goes one by one does not go at once.
 */
export function fuzzTogether(
  name: ConfigFormatName,
  documents: number,
  seed: number,
): FuzzedTogether {
  const random = new Random(seed)
  const result: FuzzedTogether = { edited: 0, otherwise: 0, readings: { together: 0, single: 0 } }
  const reader = (way: "together" | "single"): ConfigFormat => ({
    ...configFormats[name],
    parse(text) {
      result.readings[way]++
      return configFormats[name].parse(text)
    },
  })
  for (let done = 0; done < documents; ) {
    const text = random.pick(writers[name])(random)
    const before = parsed(configFormats[name], text)
    // Nothing is replaced as a whole.
    if (before === undefined || Object.keys(Object(before)).length === 0) continue
    done++
    const after = changed(random, before, name)
    const operations = diffValues(before, after, style) as EditOperation[]
    const single = operations.length > 1 && oneByOne(reader("single"), text, before, operations)
    if (single === false) continue
    const together = editConfig({ format: reader("together"), text, before, after })
    const isSame = dense(together) === dense(single)
    if (!isSame && !(name === "toml" && isAlike(text, together, single))) {
      const shown = JSON.stringify([operations, text])
      throw new Error(
        `seed ${seed}\n${shown}\n${text}\n--- became ---\n${together}\n--- not ---\n${single}`,
      )
    }
    if (!isSame) result.otherwise++
    result.edited++
  }
  return result
}

/** Indentation follows what the text is like when a change is made. */
function dense(text: string): string {
  return text.replace(/\s+/g, "")
}

function isAlike(text: string, one: string, other: string): boolean {
  const { parse } = configFormats.toml
  const kept = (now: string) => {
    const lines = new Set(linesOf(now))
    return linesOf(text).map((line) => lines.has(line))
  }
  return isDeepStrictEqual([parse(one), kept(one)], [parse(other), kept(other)])
}

function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map(dense)
}

const style = { wholeArrays: false, inPlace: true }

function changed(random: Random, before: unknown, name: ConfigFormatName): unknown {
  let value = copyPlain(before)
  for (let edits = 2 + random.below(7); edits > 0; edits--) {
    const operation = randomEdit(random, value, configFormats[name])
    if (operation.path !== "") value = applyPatch(copyPlain(value), [operation])
  }
  return value
}

/** False where one of the changes is refused alone, or is not found as it is: a matter of other tests. */
function oneByOne(
  format: ConfigFormat,
  text: string,
  before: unknown,
  operations: readonly EditOperation[],
): string | false {
  let current = text
  let value = before
  for (const operation of operations) {
    const next = applyPatch(copyPlain(value), copyPlain([operation]) as EditOperation[])
    if (!isDeepStrictEqual(diffValues(value, next, style), [operation])) return false
    try {
      current = editConfig({ format, text: current, before: value, after: next })
    } catch {
      return false
    }
    value = next
  }
  return current
}
