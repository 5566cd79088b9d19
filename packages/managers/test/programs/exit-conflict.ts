// Ends with two live states to save, of which somebody else has saved the first meanwhile.
import { StateManager } from "@persist/managers"

const [directory, code] = process.argv.slice(2) as [string, string]
const states = new StateManager({ directory })
for (const name of ["first", "second"]) {
  const live = await states.open(name, { initial: { n: 0 }, delay: "1h", saveAtExit: true })
  await live.flush()
  live.update((draft) => void draft.n++)
}
await states.saveState("first", { n: 100 })
process.exit(Number(code))
