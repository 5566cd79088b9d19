import {
  type Inputs,
  inputs,
  loadingCell,
  operationsFor,
  prepare,
  readyCell,
  run,
  runLoading,
  type SyncCell,
} from "./cells.ts"
import { contenders } from "./contenders.ts"

// A process of one contender: answers { cell, size } with the nanoseconds of one round.
interface Request {
  readonly cell: string
  readonly size: number
}

/** Does the given number of operations, going on where the last ones ended. */
type Turn = (count: number) => unknown

const [name, seed] = [process.argv[2]!, Number(process.argv[3])]
const contender = contenders.find((each) => each.name === name)!
const prepared = new Map<string, Turn>()
let input: { size: number; inputs: Inputs } | undefined

process.on("message", async ({ cell, size }: Request) => {
  const id = `${cell} ${size}`
  if (input?.size !== size) {
    prepared.clear()
    input = { size, inputs: inputs(size, seed) }
  }
  if (!prepared.has(id)) prepared.set(id, await make(cell, size, input.inputs))
  const turn = prepared.get(id)!
  const count = operationsFor(size) / (contender.slow ?? 1)
  // The processes of the others ran meanwhile: what they pushed out of the processor's caches comes back untimed.
  await turn(count)
  const start = process.hrtime.bigint()
  const pending = turn(count)
  if (pending instanceof Promise) await pending
  process.send!(Number(process.hrtime.bigint() - start) / count)
})

async function make(cell: string, size: number, values: Inputs): Promise<Turn> {
  if (cell === loadingCell || cell === readyCell) {
    const load = await contender.loading!(size)
    for (let index = 0; index < size; index++) await load(values.keys[index]!)
    let from = 0
    return async (count) => {
      from = await runLoading(load, values, from, count, cell === loadingCell)
    }
  }
  const cache = await contender.make!(size)
  let from = prepare(cell as SyncCell, cache, values, size)
  return (count) => {
    from = run(cell as SyncCell, cache, values, from, count)
  }
}
