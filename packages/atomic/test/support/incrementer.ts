import { readFileSync } from "node:fs"
import { withLock, writeFileAtomic } from "../../src/index.ts"

// node incrementer.ts <file> <times>: adds one to the number in a file, says so, again and again.
const [path, times] = process.argv.slice(2) as [string, string]
for (let done = 0; done < Number(times); done++) {
  await withLock(path, async (lock) => {
    const next = Number(readFileSync(path, "utf8")) + 1
    await writeFileAtomic(path, String(next), { lock, durability: "file" })
  })
  process.stdout.write("+")
}
