// A signal that something is saved at, but that does not end the process; then another one, which does.
import { ExitHook } from "../../src/states/live/exit-hooks.ts"

const raise = process.kill.bind(process, process.pid, "SIGTERM")
let saves = 0
const saver = {
  flushSync() {
    console.log("saved")
    if (++saves === 1) setImmediate(setImmediate, raise)
  },
}
let hook = new ExitHook(saver)

if (process.argv[2] === "the first process of a container") {
  const { kill } = process
  // No signal ends it that it does not listen for.
  process.kill = () => {
    process.kill = kill
    return true
  }
} else {
  const counter = { count: 1 }
  Object.assign(globalThis, { [Symbol.for("signal-exit emitter")]: counter })
  process.once("SIGTERM", () => {
    counter.count--
    hook.end()
    hook = new ExitHook(saver)
  })
}
setInterval(() => {}, 1000)
raise()
