import { watch } from "node:fs"
import { FileStorage } from "../../src/index.ts"

// watcher.ts <directory>: says whether the system lets it watch, then what it sees of its own saves by another storage.
const directory = process.argv[2]!
try {
  watch(directory).close()
  console.log("the system watches")
} catch (error) {
  console.log(String((error as NodeJS.ErrnoException).code))
}
await using watched = new FileStorage({ directory, durability: "none" })
await using other = new FileStorage({ directory, durability: "none" })
const saved = ["a/b/first", "second"]
const changes = watched.watch()[Symbol.asyncIterator]()
for (const key of saved) {
  await other.save(key, key)
  const { value } = await changes.next()
  console.log(`${value?.type} ${value?.key}`)
}
await changes.return?.()
