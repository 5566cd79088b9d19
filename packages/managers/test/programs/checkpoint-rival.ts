// Saves checkpoints to a state that others thin at the same time; says each label that was promised.
import { StateManager } from "@persist/managers"

const [directory, rival, count] = process.argv.slice(2) as [string, string, string]
await using states = new StateManager({ directory })
const items: string[] = []
for (let n = 0; n < Number(count); n++) {
  items.push(`${rival}:${n} ${"x".repeat(50)}`)
  const label = n % 5 === 0 ? `${rival}:${n}` : true
  await states.saveState("shared", { rival, items }, { checkpoint: label, backup: false })
  if (n % 4 === 3) await states.thinHistory("shared", { last: 3 })
}
