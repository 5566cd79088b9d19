// A live state that is saved at exit, beside something else in the process that has to do with its end.
import { StateManager } from "@persist/managers"

type Exits = typeof import("../../src/states/live/exit-hooks.ts")

const [directory, beside] = process.argv.slice(2) as [string, string]
const states = new StateManager({ directory })
const open = () => states.open("state", { initial: { n: 0 }, delay: "1h", saveAtExit: true })

/** Leaves the end to others, unless all that listen count themselves in the same place, as signal-exit does; without `isEnd` the program ends later, by itself. */
function polite(place: object, isEnd: boolean): void {
  const counter = place as { count: number }
  counter.count++
  const listener = () => {
    if (process.listenerCount("SIGTERM") !== counter.count) return
    console.log("polite")
    if (!isEnd) return void setTimeout(() => process.exit(0), 500)
    process.off("SIGTERM", listener)
    process.kill(process.pid, "SIGTERM")
  }
  process.on("SIGTERM", listener)
}

const counter = { count: 0 }
if (beside.startsWith("polite 3")) Object.assign(process, { __signal_exit_emitter__: counter })
else Object.assign(globalThis, { [Symbol.for("signal-exit emitter")]: counter })

if (beside === "once before") {
  process.once("SIGTERM", () => {
    setTimeout(() => {
      console.log("ended in peace")
      process.exit(0)
    }, 50)
  })
}
if (beside === "polite 3" || beside === "polite 4") polite(counter, true)
if (beside === "a listener that throws") {
  process.on("exit", () => {
    throw new Error("on purpose")
  })
}
const live = await open()
if (beside === "polite 3 after") polite(counter, true)
if (beside === "polite, and stays") polite(counter, false)
if (beside === "a copy") {
  const copy = "../../src/states/live/exit-hooks.ts?copy"
  const { ExitHook }: Exits = await import(copy)
  new ExitHook({ flushSync: () => console.log("copy") })
}
if (beside === "exit listener") {
  process.on("exit", () => {
    live.update((draft) => void draft.n++)
  })
}
const changeAndRaise = () => {
  live.update((draft) => void draft.n++)
  process.kill(process.pid, "SIGTERM")
}
if (beside === "raises it again") process.once("SIGTERM", changeAndRaise)
if (beside === "raises it again after a promise") {
  process.once("SIGTERM", () => void Promise.resolve().then(changeAndRaise))
}
live.update((draft) => void draft.n++)
setInterval(() => {}, 1000)
console.log("ready")
if (beside === "exit listener" || beside === "a listener that throws") process.exit(0)
