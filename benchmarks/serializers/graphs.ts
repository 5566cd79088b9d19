import type { Comparison, Contender } from "../measure.ts"
import type { OwnProcesses } from "../own-processes.ts"
import { recordGraph } from "./payloads.ts"
import { ways } from "./ways.ts"

const ours = "@persist Pickle"
const structuredClone = "msgpackr, structuredClone"
const lacks = "no class versions, format bound to V8"
// So many that every contender's code is compiled.
const options = { rounds: 31, warmup: 30 }

/** Round trips of a graph of records and of typed arrays, and the size of the graph. */
export async function graphComparisons(
  processes: OwnProcesses,
  seed: number,
): Promise<Comparison[]> {
  const sides = (...peers: Pick<Contender, "name" | "lacks" | "target">[]) => [
    { name: ours },
    ...peers,
  ]
  return [
    await processes.compare(
      "Pickle: 5,000 records, round trip",
      "records",
      sides(
        {
          name: structuredClone,
          target: 1.3,
          lacks: "depth 2.6k; lone surrogates, holes, own __proto__",
        },
        { name: "devalue", target: 0.33, lacks: "depth 1.7k; errors" },
        {
          name: "superjson",
          target: 0.2,
          lacks: "depth 1.2k; errors in a cycle, sparse arrays",
        },
        { name: "v8", lacks },
      ),
      options,
    ),
    await processes.compare(
      "Pickle: 12 MB of typed arrays, round trip",
      "arrays",
      sides(
        { name: "devalue", target: 0.2 },
        { name: "v8", target: 3, lacks },
        { name: structuredClone },
      ),
      options,
    ),
    sizes(recordGraph(seed)),
  ]
}

/** Bytes instead of time; the unit is printed. */
function sizes(graph: object): Comparison {
  const target: Record<string, number> = { v8: 0.65 }
  const size = ways[ours]!.write(graph).length
  const rows = Object.entries(ways).map(([name, { write }]) => {
    const theirs = write(graph).length
    const ratio = size / theirs
    return {
      name,
      lacks: "",
      microseconds: theirs,
      ratio: [ratio, ratio, ratio] as const,
      target: target[name],
    }
  })
  return { title: "Pickle: 5,000 records, size", unit: "bytes", rows }
}
