import { once } from "node:events"
import fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { sweepTemporaries } from "../src/index.ts"
import { kill, startScript } from "../test/support/child.ts"
import { isWhole, numberIn } from "../test/support/numbered-content.ts"
import { must, type TortureInput } from "./part.ts"

const script = new URL("../test/support/writer.ts", import.meta.url)

/** Kills a process that writes without pause, at random moments: no torn content, nothing acknowledged lost. */
export async function tortureWriters({
  seed,
  until,
  kills: most = Number.POSITIVE_INFINITY,
}: TortureInput): Promise<string> {
  const random = seededRandom(seed)
  const folder = fs.mkdtempSync(join(tmpdir(), "persist-torture-"))
  const path = join(folder, "file")
  let kills = 0
  let acknowledged = 0
  let leftovers = 0
  try {
    while (performance.now() < until && kills < most) {
      const how = ["async", "sync", "stream"][Math.floor(random() * 3)]!
      const child = startScript(script, [path, how, String(acknowledged)])
      const closed = once(child, "close")
      let output = ""
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString()
      })
      await once(child.stdout, "data")
      await sleep(random() * 30)
      await kill(child)
      await closed
      kills++
      // Only whole lines were said.
      const last = output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1)
      const said = Math.max(acknowledged, Number(last))
      const content = fs.readFileSync(path, "utf8")
      must(isWhole(content), () => `Torn after ${said}: ${content.slice(0, 80)}… (seed ${seed})`)
      const found = numberIn(content)
      must(found >= said, () => `Lost: ${said} was acknowledged, ${found} is there (seed ${seed})`)
      acknowledged = found
      leftovers += sweepTemporaries(folder).length
      const names = fs.readdirSync(folder).join(" ")
      must(names === "file", () => `Left behind: ${names} (seed ${seed})`)
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
  return `${kills} kills, ${acknowledged} writes, ${leftovers} temporary files swept`
}
