import {
  type Inputs,
  inputs,
  loadingCell,
  operations,
  prepare,
  readyCell,
  run,
  runLoading,
  type SyncCell,
} from "./cells.ts"
import { contenders, type Load, type SyncCache } from "./contenders.ts"

// A process of one contender: answers { cell, size } with the nanoseconds of one round.
interface Request {
  readonly cell: string
  readonly size: number
}

const [name, seed] = [process.argv[2]!, Number(process.argv[3])]
const contender = contenders.find((each) => each.name === name)!
const count = operations / (contender.slow ?? 1)
const prepared = new Map<string, { input: Inputs; cache?: SyncCache; load?: Load }>()
let input: { size: number; inputs: Inputs } | undefined

process.on("message", async ({ cell, size }: Request) => {
  const id = `${cell} ${size}`
  if (input?.size !== size) {
    prepared.clear()
    input = { size, inputs: inputs(size, seed) }
  }
  if (!prepared.has(id)) prepared.set(id, await make(cell, size, input.inputs))
  const { cache, load } = prepared.get(id)!
  const start = process.hrtime.bigint()
  if (load) await runLoading(load, input.inputs, count, cell === loadingCell)
  else run(cell as SyncCell, cache!, input.inputs, size, count)
  process.send!((Number(process.hrtime.bigint() - start) * operations) / count)
})

async function make(cell: string, size: number, values: Inputs) {
  if (cell === loadingCell || cell === readyCell) {
    const load = await contender.loading!(size)
    for (let index = 0; index < size; index++) await load(values.keys[index]!)
    return { input: values, load }
  }
  const cache = await contender.make!(size)
  prepare(cell as SyncCell, cache, values, size)
  return { input: values, cache }
}
