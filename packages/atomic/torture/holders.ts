import { once } from "node:events"
import fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { sweepTemporaries, withLock } from "../src/index.ts"
import { kill, startScript } from "../test/support/child.ts"
import { must, type TortureInput } from "./part.ts"

const script = new URL("../test/support/incrementer.ts", import.meta.url)
const processes = 4

/** Kills processes that increment one number under a lock: none is lost, and none stops the others. */
export async function tortureHolders({ seed, until }: TortureInput): Promise<string> {
  const random = seededRandom(seed)
  const folder = fs.mkdtempSync(join(tmpdir(), "persist-torture-"))
  const path = join(folder, "count")
  fs.writeFileSync(path, "0")
  let acknowledged = 0
  let kills = 0
  const start = () => {
    const child = startScript(script, [path, "1000000"])
    child.stdout.on("data", (chunk: Buffer) => {
      acknowledged += chunk.length
    })
    return child
  }
  const children = Array.from({ length: processes }, start)
  const end = async (index: number) => {
    const closed = once(children[index]!, "close")
    await kill(children[index]!)
    await closed
    kills++
  }
  try {
    while (performance.now() < until) {
      const index = Math.floor(random() * processes)
      await once(children[index]!.stdout, "data")
      await sleep(random() * 20)
      await end(index)
      children[index] = start()
    }
    for (let index = 0; index < processes; index++) await end(index)
    const count = await withLock(path, () => Number(fs.readFileSync(path, "utf8")), { timeout: 0 })
    const isPlausible = count >= acknowledged && count <= acknowledged + kills
    must(isPlausible, () => `${acknowledged} acknowledged, ${count} counted (seed ${seed})`)
    sweepTemporaries(folder)
    const names = fs
      .readdirSync(folder)
      .filter((name) => !name.endsWith(".break"))
      .join(" ")
    must(names === "count", () => `Left behind: ${names} (seed ${seed})`)
    return `${kills} kills, ${acknowledged} increments acknowledged, ${count} counted`
  } finally {
    for (const child of children) child.kill("SIGKILL")
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
