import { writeSync } from "node:fs"
import { FileStorage } from "../../dist/index.js"

// setter.ts <directory> <times>: plain saves of new bases, which an update must build upon, not undo; so many at least,
// and until updates have come in between ten times. Says the last base.
const [directory, times] = process.argv.slice(2)
await using storage = new FileStorage({ directory: directory!, durability: "none" })
let base = 0
for (let met = 0; base < Number(times) || met < 10; ) {
  await storage.save("value", { base: ++base, steps: 0 })
  const found = await storage.load<{ readonly base: number; readonly steps: number }>("value")
  // Nobody else saves: whatever updates do, the base stays until the next save.
  if (found?.base !== base) throw new Error(`saved base ${base}, found ${found?.base}`)
  if (found.steps > 0) met++
}
writeSync(1, `${base}\n`)
