import { LogManager } from "../../src/index.ts"

// container-log.ts DIRECTORY: appends the entry of each line of its input, and says when it is durable.
const [directory] = process.argv.slice(2)
await using logs = new LogManager({ directory: directory! })
process.stdin.setEncoding("utf8")
let rest = ""
for await (const chunk of process.stdin) {
  const lines = (rest + chunk).split("\n")
  rest = lines.pop()!
  for (const line of lines) {
    await logs.append("app", JSON.parse(line))
    process.stdout.write(`${line}\n`)
  }
}
