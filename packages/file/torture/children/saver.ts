import { writeSync } from "node:fs"
import { FileStorage } from "../../dist/index.js"

// saver.ts <directory> <round>: saves and updates without end, and says on its output what was acknowledged.
const [directory, round] = process.argv.slice(2)
const storage = new FileStorage({ directory: directory!, keep: { versions: 5, backups: 5 } })
const filler = "x".repeat(Number(round) % 3 === 0 ? 100_000 : 2_000)
const { number: first = 0 } = (await storage.load<{ number: number }>("states/game")) ?? {}
for (let number = first + 1; ; number++) {
  await storage.save(
    "states/game",
    { number, filler },
    { version: number % 7 === 0, backup: number % 3 === 0 },
  )
  writeSync(1, `saved ${number}\n`)
  const count = await storage.update<number>("counter", (current) => current + 1, { default: 0 })
  writeSync(1, `counted ${count}\n`)
}
