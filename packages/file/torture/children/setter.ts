import { writeSync } from "node:fs"
import { FileStorage } from "../../dist/index.js"

// setter.ts <directory> <times>: plain saves of a new base now and then, which an update must build upon, not undo.
const [directory, times] = process.argv.slice(2)
await using storage = new FileStorage({ directory: directory!, durability: "none" })
for (let base = 1; base <= Number(times); base++) {
  await storage.save("value", { base, steps: 0 })
  const found = await storage.load<{ readonly base: number }>("value")
  // Nobody else saves: whatever updates do, the base stays until the next save.
  if (found?.base !== base) throw new Error(`saved base ${base}, found ${found?.base}`)
}
writeSync(1, "done\n")
