import fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { type Durability, writeFileAtomic, writeFileAtomicSync } from "../src/index.ts"
import { isWhole, numberedContent, numberIn } from "../test/support/numbered-content.ts"
import { powerCuts } from "../test/support/power-cut.ts"
import { Recording } from "../test/support/recording-file-system.ts"
import { must, type TortureInput } from "./part.ts"

const names = ["a", "b", "new/c", "new/deep/d"]

/** Cuts the power after every step of random writes of several files, some at once: each is whole, and no older than acknowledged. */
export async function torturePowerCuts({ seed, until }: TortureInput): Promise<string> {
  let recordings = 0
  let cuts = 0
  while (performance.now() < until) {
    cuts += await one(seed + recordings)
    recordings++
  }
  return `${recordings} recordings, ${cuts} states of the disk`
}

async function one(seed: number): Promise<number> {
  const random = seededRandom(seed)
  const root = fs.mkdtempSync(join(tmpdir(), "persist-torture-"))
  try {
    const recording = new Recording()
    const { fileSystem } = recording
    let number = 0
    for (let batch = 0; batch < 4; batch++) {
      const size = 1 + Math.floor(random() * 4)
      const writes = Array.from({ length: size }, async () => {
        const name = names[Math.floor(random() * names.length)]!
        const durability: Durability = random() < 0.7 ? "full" : "file"
        const mine = ++number
        const content = numberedContent(mine)
        const options = { durability, fileSystem }
        if (random() < 0.3) writeFileAtomicSync(join(root, name), content, options)
        else await writeFileAtomic(join(root, name), content, options)
        if (durability === "full") recording.mark(`${name} ${mine}`)
      })
      await Promise.all(writes)
    }
    let cuts = 0
    for (const state of powerCuts(recording.operations, { root, random, exhaustive: 3 })) {
      cuts++
      for (const name of names) {
        const where = () => `${name} after ${state.after}, ${state.kept} (seed ${seed})`
        const bytes = state.files.get(name)
        const content = bytes === undefined ? undefined : Buffer.from(bytes).toString()
        must(content === undefined || isWhole(content), () => `Torn: ${where()}`)
        const found = content === undefined ? 0 : numberIn(content)
        const said = state.notes.map((note) => note.split(" ")).filter(([of]) => of === name)
        for (const [, number] of said) must(found >= Number(number), () => `Lost: ${where()}`)
      }
    }
    return cuts
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
}
