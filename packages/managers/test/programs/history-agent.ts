// Obeys: each line of its input is a call to make on the states of a folder, each line of its output what came of it.
import { createInterface } from "node:readline"
import { PersistError } from "@persist/core"
import { type LiveState, StateManager } from "@persist/managers"

interface Data {
  items: unknown[]
  steps?: number[]
}
type Call = readonly [action: string, name: string, ...rest: unknown[]]

const [version, skew] = process.argv.slice(2).map(Number) as [number, number]
const step = (to: number) => (old: unknown) => {
  const data = old as Data
  return { ...data, steps: [...(data.steps ?? []), to] }
}
const migrate = Object.fromEntries([2, 3].filter((to) => to <= version).map((to) => [to, step(to)]))
let states: StateManager
let lives = new Map<string, LiveState<Data>>()

async function live(name: string): Promise<LiveState<Data>> {
  let found = lives.get(name)
  if (found === undefined) {
    found = (await states.open(name, { initial: { items: [] }, delay: "1h" })) as LiveState<Data>
    lives.set(name, found)
  }
  return found
}

async function flush(name: string): Promise<unknown> {
  const state = await live(name)
  try {
    await state.flush()
    return "saved"
  } catch (error) {
    if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
    return { overtaken: await state.reload() }
  }
}

async function obey([action, name, first, second]: Call): Promise<unknown> {
  if (action === "open") {
    const clock = () => Date.now() + skew
    states = new StateManager({ directory: name, version, migrate, clock })
    lives = new Map()
  } else if (action === "close") {
    // What is not flushed is dropped, as by a process that ends.
    for (const state of lives.values()) await state.reload()
    await states.close()
  } else if (action === "save") {
    await states.saveState(name, first, { checkpoint: second as string | boolean })
  } else if (action === "grow") {
    const change = (data: Data) => ({ ...data, items: [...data.items, first] })
    const initial: Data = { items: [] }
    return states.updateState(name, change, { default: initial, checkpoint: true })
  } else if (action === "load") return states.loadState(name, first ? { at: first as string } : {})
  else if (action === "history") {
    const history = await states.history(name)
    return history.map(({ id, label, pinned, version: of }) => ({ id, label, pinned, of }))
  } else if (action === "restore") await states.restore(name, first as string)
  else if (action === "pin") await states.pin(name, first as string)
  else if (action === "thin") await states.thinHistory(name, { last: first as number })
  else if (action === "fork") await states.fork(name, first as string, { at: second as string })
  else if (action === "live") return (await live(name)).value
  else if (action === "set") (await live(name)).set(first as Data)
  else if (action === "undo") return (await live(name)).undo()
  else if (action === "redo") return (await live(name)).redo()
  else if (action === "flush") return flush(name)
  return undefined
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer: unknown
  try {
    answer = { value: await obey(JSON.parse(line)) }
  } catch (error) {
    answer = { code: (error as { code?: string }).code ?? String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
