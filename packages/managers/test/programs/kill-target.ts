// Does one thing again and again, and says each number that it was promised to find again.
import { ConfigManager, LogManager, StateManager } from "@persist/managers"

const [directory, mode, first] = process.argv.slice(2) as [string, string, string]
const say = (n: number) => process.stdout.write(`${n}\n`)

if (mode === "live") {
  await using states = new StateManager({ directory })
  const initial = { n: 0, list: [] as number[] }
  const live = await states.open("live", { initial, delay: "1ms" })
  for (let n = Number(first); ; n++) {
    live.update((draft) => {
      draft.n = n
      draft.list.push(n)
    })
    if (n % 3 === 0) {
      await live.flush()
      say(n)
    }
  }
} else if (mode === "checkpoint") {
  await using states = new StateManager({ directory })
  const live = await states.open("live", { initial: { n: 0 }, delay: "1ms" })
  for (let n = Number(first); ; n++) {
    live.set({ n })
    const checkpoint = live.checkpoint(String(n))
    live.set({ n: n + 0.5 })
    await checkpoint
    say(n)
  }
} else if (mode === "config") {
  await using configs = new ConfigManager({ directory, format: "yaml" })
  for (let n = Number(first); ; n++) {
    await configs.updateConfig("app", { n, nested: { [`key${n % 7}`]: n } })
    say(n)
  }
} else {
  const rotation = { maxSize: mode === "rotation" ? 300 : 1e6 }
  await using logs = new LogManager({ directory, rotation })
  for (let n = Number(first); ; n++) {
    await logs.append("app", { n })
    say(n)
  }
}
