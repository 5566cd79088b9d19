// Ends a process in the way that its second argument names, with a change that only a save at exit can keep.
import { StateManager } from "@persist/managers"

const [directory, ending, withHook] = process.argv.slice(2) as [string, string, string]
const states = new StateManager({ directory })
const delay = ending === "return" ? "50ms" : "1h"
const live = await states.open("state", {
  initial: { n: 0 },
  delay,
  saveAtExit: withHook === "hook",
})
live.update((draft) => {
  draft.n = 1
})
await live.flush()
live.update((draft) => {
  draft.n = 2
})
if (ending === "flush") await live.flush()
if (ending === "checkpoint") await live.checkpoint()
console.log("ready")
if (ending === "exit") process.exit(0)
if (ending === "throw") throw new Error("on purpose")
if (ending === "reject") void Promise.reject(new Error("on purpose"))
if (ending.startsWith("SIG")) setInterval(() => {}, 1000)
