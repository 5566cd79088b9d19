import assert from "node:assert/strict"
import { FileStorage } from "../src/index.ts"
import { Child } from "./child.ts"
import { leftovers } from "./leftovers.ts"

/** Several processes increment one counter; every increment must be there. */
export async function incrementTogether(
  directory: string,
  processes: number,
  times: number,
): Promise<number> {
  const children = Array.from(
    { length: processes },
    () => new Child("incrementer", [directory, times]),
  )
  await Promise.all(children.map((child) => child.end()))
  await using storage = new FileStorage({ directory })
  const found = await storage.load<number>("counter")
  assert.equal(found, processes * times)
  return found
}

/** The same, with processes killed and started again in between: what was acknowledged is there. */
export async function incrementThroughKills(
  directory: string,
  processes: number,
  random: () => number,
  isOver: (kills: number) => boolean,
): Promise<{ readonly kills: number; readonly acknowledged: number; readonly found: number }> {
  const start = () => new Child("incrementer", [directory, 1_000_000])
  const ended: Child[] = []
  const running = Array.from({ length: processes }, start)
  await Promise.all(running.map((child) => child.firstLine()))
  let kills = 0
  while (!isOver(kills)) {
    await new Promise((resolve) => setTimeout(resolve, random() * 40))
    const victim = Math.floor(random() * running.length)
    const child = running[victim]!
    await child.kill()
    ended.push(child)
    kills++
    running[victim] = start()
    await running[victim].firstLine()
  }
  await Promise.all(running.map((child) => child.kill()))
  ended.push(...running)
  const acknowledged = ended.reduce((sum, { lines }) => sum + lines.length, 0)
  await using storage = new FileStorage({ directory })
  const found = (await storage.load<number>("counter"))!
  // Each process may have been killed between its rename and its word.
  assert.ok(found >= acknowledged, `${acknowledged} were acknowledged, ${found} are there`)
  assert.ok(found <= acknowledged + ended.length, `${found} are there of ${acknowledged}`)
  await storage.close()
  assert.deepEqual(leftovers(directory), [])
  return { kills, acknowledged, found }
}
