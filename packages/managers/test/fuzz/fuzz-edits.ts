import { isDeepStrictEqual } from "node:util"
import { PersistError } from "@persist/core"
import { editConfig } from "../../src/configs/edit/edit-config.ts"
import type { ConfigFormat, ConfigFormatName } from "../../src/configs/formats/config-format.ts"
import { configFormats } from "../../src/configs/formats/formats.ts"
import { applyPatch } from "../../src/diff/patch.ts"
import { jsonDocument } from "./json-document.ts"
import { Random } from "./random.ts"
import { randomEdit } from "./random-edit.ts"
import { tomlDocument } from "./toml-document.ts"
import { yamlDocument } from "./yaml-document.ts"

const writers: Record<ConfigFormatName, (random: Random) => string> = {
  json: (random) => jsonDocument(random, false),
  jsonc: (random) => jsonDocument(random, true),
  yaml: yamlDocument,
  toml: tomlDocument,
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
    const text = writers[name](random)
    const before = parsed(format, text)
    if (before === undefined) continue
    for (let turn = 0; turn < 3; turn++, done++) {
      const operation = randomEdit(random, before, format)
      const [from, after] = JSON.parse(JSON.stringify([before, operation])) as [unknown, never]
      const real = format.name === "toml" ? structuredClone(before) : from
      const meant = applyPatch(real, [format.name === "toml" ? structuredClone(operation) : after])
      const report = (what: string) =>
        new Error(
          `${what}, seed ${seed}\n${JSON.stringify(operation)}\n${JSON.stringify(text)}\n${text}`,
        )
      let edited: string
      try {
        edited = editConfig({ format, text, before, after: meant })
      } catch (error) {
        if (!PersistError.is(error, "ERR_PERSIST_UNSUPPORTED")) throw error
        refused.push(report(error.message).message)
        continue
      }
      const shown = () => `${report("wrong").message}\n--- became ---\n${edited}`
      if (!isDeepStrictEqual(format.parse(edited), meant)) throw new Error(`value: ${shown()}`)
      if (!keepsBytes(text, edited, operation.op)) throw new Error(`bytes: ${shown()}`)
      if (!keepsComments(text, edited, operation.op)) throw new Error(`comments: ${shown()}`)
    }
  }
  return { edits, refused }
}

function parsed(format: ConfigFormat, text: string): unknown {
  try {
    return format.parse(text)
  } catch {
    return undefined
  }
}

/** What is added leaves every byte in its order; what is removed adds none but empty brackets. */
function keepsBytes(before: string, after: string, op: string): boolean {
  if (op === "add") return isSubsequence(before, after)
  if (op !== "remove") return true
  const emptied =
    / ?(\[\]|\{\})|(\[[^\]\r\n]*\]\r?\n)?[^\r\n=]+ = (\{\}|\[\])(\r?\n)*|\[[^\]\r\n]*\]/g
  return (
    isSubsequence(after.trimEnd(), before) ||
    isSubsequence(after.replace(emptied, "").trimEnd(), before)
  )
}

function isSubsequence(short: string, long: string): boolean {
  let at = 0
  for (let index = 0; index < long.length && at < short.length; index++) {
    if (long[index] === short[at]) at++
  }
  return at === short.length
}

/** Comments on lines that stayed are all there, in their order. */
function keepsComments(before: string, after: string, op: string): boolean {
  const found = (text: string) => text.match(/(?:#|\/\/|\/\*) (?:head )?c\d+/g) ?? []
  const [was, is] = [found(before), found(after)]
  if (op === "add") return isDeepStrictEqual(was, is)
  let at = 0
  for (const comment of was) if (comment === is[at]) at++
  return at === is.length
}
