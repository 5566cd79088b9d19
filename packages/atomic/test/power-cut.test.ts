import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { type Durability, writeFileAtomic, writeFileAtomicSync } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { powerCuts } from "./support/power-cut.ts"
import { Recording } from "./support/recording-file-system.ts"

const versions = ["first", "second, longer than the first", "3", "fourth ".repeat(3_000)]

interface Findings {
  states: number
  /** States in which a value that had been acknowledged was missing. */
  lost: string[]
  /** States with a value that was never written. */
  torn: string[]
  /** Values that were seen. */
  values: Set<string>
}

function examine(recording: Recording, root: string, name: string): Findings {
  const findings: Findings = { states: 0, lost: [], torn: [], values: new Set() }
  for (const state of powerCuts(recording.operations, { root, random: seededRandom(1) })) {
    findings.states++
    const bytes = state.files.get(name)
    const text = bytes === undefined ? "" : Buffer.from(bytes).toString()
    const index = bytes === undefined ? -1 : versions.indexOf(text)
    const where = `after ${state.after}, ${state.kept}`
    if (bytes !== undefined && index < 0) findings.torn.push(where)
    const acknowledged = state.notes.length - 1
    if (index < acknowledged) findings.lost.push(where)
    if (bytes !== undefined) findings.values.add(text)
  }
  return findings
}

async function record(durability: Durability, kind: "async" | "sync", name: string) {
  const root = temporaryFolder()
  const recording = new Recording()
  const { fileSystem } = recording
  for (const version of versions) {
    const options = { durability, fileSystem }
    if (kind === "async") await writeFileAtomic(join(root, name), version, options)
    else writeFileAtomicSync(join(root, name), version, options)
    recording.mark(version)
  }
  return examine(recording, root, name)
}

describe("a power cut after any step", () => {
  test.each(["async", "sync"] as const)(
    "loses nothing that was acknowledged with full durability, %s",
    async (kind) => {
      const findings = await record("full", kind, "file")
      expect(findings.torn).toEqual([])
      expect(findings.lost).toEqual([])
      expect([...findings.values]).toEqual(versions)
      expect(findings.states).toBeGreaterThan(50)
    },
  )

  test.each(["async", "sync"] as const)(
    "loses no folder that was created on the way, %s",
    async (kind) => {
      const findings = await record("full", kind, "a/b/c/file")
      expect(findings.torn).toEqual([])
      expect(findings.lost).toEqual([])
    },
  )

  test("leaves the old content or the new one with file durability", async () => {
    const findings = await record("file", "async", "file")
    expect(findings.torn).toEqual([])
    expect(findings.lost).not.toEqual([])
  })

  test("is shown to tear a file when nothing is synced, so the check can fail", async () => {
    const findings = await record("none", "async", "file")
    expect(findings.torn).not.toEqual([])
  })

  test("loses no file of many that are written at once into new folders", async () => {
    const root = temporaryFolder()
    const recording = new Recording()
    const { fileSystem } = recording
    const names = Array.from({ length: 12 }, (_, index) => `new/${index % 3}/file${index}`)
    await Promise.all(
      names.map(async (name) => {
        await writeFileAtomic(join(root, name), name, { fileSystem })
        recording.mark(name)
      }),
    )
    let states = 0
    const wrong: string[] = []
    for (const state of powerCuts(recording.operations, { root, random: seededRandom(2) })) {
      states++
      for (const name of names) {
        const bytes = state.files.get(name)
        const isRight =
          bytes === undefined ? !state.notes.includes(name) : Buffer.from(bytes).toString() === name
        if (!isRight) wrong.push(`${name} after ${state.after}, ${state.kept}`)
      }
    }
    expect(wrong).toEqual([])
    expect(states).toBeGreaterThan(300)
  })
})
