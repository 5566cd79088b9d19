import { isDeepStrictEqual } from "node:util"
import { Random } from "../../../../.ci/seeded-random.ts"
import { editConfig } from "../../src/configs/edit/edit-config.ts"
import { configFormats } from "../../src/configs/formats/formats.ts"
import { applyPatch, parsePointer } from "../../src/diff/patch.ts"
import { valueAt } from "../../src/layers/merge-layers.ts"
import { copyPlain } from "../../src/plain-object.ts"
import { parsed, writers } from "./fuzz-edits.ts"
import { randomEdit } from "./random-edit.ts"

/**
 * Replaces several values in random documents, at once and one after the other: throws where that makes two texts.
 *
 * @returns How many documents were edited.
 */
export function fuzzTogether(name: "toml" | "yaml", documents: number, seed: number): number {
  const format = configFormats[name]
  const random = new Random(seed)
  let edited = 0
  for (let done = 0; done < documents; ) {
    const text = random.pick(writers[name])(random)
    const before = parsed(format, text)
    if (before === undefined) continue
    done++
    const steps = [copyPlain(before)]
    const paths: string[][] = []
    for (let tries = 0; tries < 20 && paths.length < 5; tries++) {
      const operation = randomEdit(random, steps.at(-1), format)
      const path = parsePointer(operation.path)
      if (operation.op !== "replace" || paths.some((one) => isDeepStrictEqual(one, path))) continue
      const { value } = valueAt(steps.at(-1), path)
      if (isContainer(value) || isContainer(operation.value)) continue
      paths.push(path)
      steps.push(applyPatch(copyPlain(steps.at(-1)), [operation]))
    }
    let single = text
    try {
      for (const [index, path] of paths.entries()) {
        const [held, after] = steps.slice(index)
        single = editConfig({ format, text: single, before: held, after, paths: [path] })
      }
    } catch {
      // What is refused alone is a matter of other tests.
      continue
    }
    const together = editConfig({ format, text, before, after: steps.at(-1), paths })
    if (together !== single) {
      throw new Error(`seed ${seed}\n${text}\n--- became ---\n${together}\n--- not ---\n${single}`)
    }
    edited++
  }
  return edited
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null
}
