import fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { deadRecord } from "../test/support/records.ts"
import { runSchedule } from "../test/support/schedule.ts"
import { must, type TortureInput } from "./part.ts"

/** Lets contenders for one lock meet at every system call, in as many orders as there is time for. */
export async function tortureContenders({ seed, until }: TortureInput): Promise<string> {
  let schedules = 0
  let taken = 0
  let steps = 0
  while (performance.now() < until) {
    const folder = fs.mkdtempSync(join(tmpdir(), "persist-torture-"))
    try {
      const lockFile = join(folder, "data.lock")
      fs.writeFileSync(lockFile, deadRecord())
      const contenders = 2 + (schedules % 4)
      const one = seed + schedules
      const result = await runSchedule(lockFile, contenders, 100, one)
      must(
        result.mostHolders === 1,
        () => `${result.mostHolders} held the lock at once (seed ${one})`,
      )
      schedules++
      taken += result.taken
      steps += result.steps
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
  return `${schedules} schedules, ${steps} calls, the lock taken ${taken} times, never by two`
}
