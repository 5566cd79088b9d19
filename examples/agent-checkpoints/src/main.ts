import { StateManager } from "@persist/managers"
import { runAgent, takeAnotherWay } from "./agent.ts"

// node src/main.ts [directory] [steps]           works, or goes on where it was killed
// node src/main.ts [directory] [steps] another   goes back to halfway and takes another way
const [directory = ".persist-data", steps = "40", way] = process.argv.slice(2)
const count = Number(steps)
if (!(Number.isInteger(count) && count >= 1)) {
  console.error(`"${steps}" is no number of steps; give a whole one from 1.`)
  process.exit(2)
}
await using states = new StateManager({ directory })
if (way !== undefined) await takeAnotherWay(states, "halfway", way)
const memory = await runAgent(states, count, (line) => console.log(line))
const history = await states.history("agent")
console.log(`done: ${memory.findings.at(-1)?.finding.slice(0, 12)}, ${history.length} checkpoints`)
