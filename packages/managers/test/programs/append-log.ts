// Appends numbered entries to a log, says each that is durable, and rotates often.
import { LogManager } from "@persist/managers"

const [directory, writer, count] = process.argv.slice(2) as [string, string, string]
const logs = new LogManager({ directory, rotation: { maxSize: 1500 } })
for (let n = 0; n < Number(count); n++) {
  await logs.append("app", { writer, n })
  if (Number(count) > 1000) process.stdout.write(`${n}\n`)
}
await logs.close()
