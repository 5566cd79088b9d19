import assert from "node:assert/strict"
import { FileStorage } from "../src/index.ts"
import { Child } from "./child.ts"
import { leftovers } from "./leftovers.ts"

/** What happened in a run of `killRepeatedly`. */
export interface KillReport {
  readonly kills: number
  readonly acknowledged: number
  /** Kills after which an unacknowledged save was there all the same. */
  readonly unacknowledged: number
  readonly recovered: number
}

/**
 * Kills a process that saves and updates without pause, again and again, and looks each time:
 * the values are whole, nothing acknowledged is lost, no lock stops the next, no temporary file stays.
 *
 * @param isOver Asked after every kill.
 */
export async function killRepeatedly(
  directory: string,
  random: () => number,
  isOver: (kills: number) => boolean,
): Promise<KillReport> {
  let [kills, acknowledged, unacknowledged, recovered] = [0, 0, 0, 0]
  while (!isOver(kills)) {
    const child = new Child("saver", [directory, kills])
    await child.firstLine()
    await new Promise((resolve) => setTimeout(resolve, random() * 25))
    await child.kill()
    kills++
    const saved = lastNumber(child.lines, "saved")
    const counted = lastNumber(child.lines, "counted")
    acknowledged += child.lines.length
    await using storage = new FileStorage({ directory })
    const found = await storage.loadEntry<{ number: number; filler: string }>("states/game")
    assert.ok(found, "the value is gone")
    if (found.entry.recovered) recovered++
    assert.match(found.value.filler, /^x+$/)
    assertNotLost("saved", found.value.number, saved)
    const counter = (await storage.load<number>("counter")) ?? 0
    assertNotLost("counted", counter, counted)
    if (found.value.number > (saved ?? 0) || counter > (counted ?? 0)) unacknowledged++
    // A lock of the dead must not stop the living.
    await storage.save("states/game", found.value)
    await storage.update<number>("counter", (current) => current, { default: 0, timeout: "5s" })
    for (const { id } of await storage.versions("states/game")) {
      await storage.load("states/game", { version: id })
    }
    await storage.close()
    assert.deepEqual(leftovers(directory), [])
  }
  return { kills, acknowledged, unacknowledged, recovered }
}

function assertNotLost(what: string, found: number, acknowledged: number | undefined): void {
  if (acknowledged === undefined) return
  const isRight = found === acknowledged || found === acknowledged + 1
  assert.ok(isRight, `${what} ${acknowledged} was acknowledged, but ${found} is there`)
}

function lastNumber(lines: readonly string[], word: string): number | undefined {
  const last = lines.findLast((line) => line.startsWith(word))
  return last === undefined ? undefined : Number(last.split(" ")[1])
}
