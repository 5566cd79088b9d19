import { copyStorage } from "@persist/core"
import { openStorage } from "../../src/open-storage.ts"

// copying.ts <from> <to> <fences>: copies one storage to another, and says each key when it is done, and then the result.
const [source, target, fences] = process.argv.slice(2)
await using from = openStorage(source!)
await using to = openStorage(target!)
const result = await copyStorage(from, to, {
  concurrency: 2,
  fences: fences === "true",
  onProgress: ({ key }) => console.log(key),
})
console.log(JSON.stringify(result))
