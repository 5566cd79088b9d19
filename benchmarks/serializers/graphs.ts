import { deserialize, serialize } from "node:v8"
import { parse, stringify } from "devalue"
import { Packr } from "msgpackr"
import superjson from "superjson"
import { PickleSerializer } from "../../packages/serializers/dist/index.js"
import { type Comparison, type Contender, compare } from "../measure.ts"
import { recordGraph, typedArrays } from "./payloads.ts"

const pickle = new PickleSerializer()
const msgpackr = new Packr({ structuredClone: true })
const encode = (text: string) => Buffer.from(text)

/** Ways to turn a graph into bytes and back. */
const ways: Record<
  string,
  { write: (value: object) => Uint8Array; read: (bytes: Buffer) => unknown }
> = {
  "@persist Pickle": {
    write: (value) => pickle.encode(value),
    read: (bytes) => pickle.decode(bytes),
  },
  "msgpackr, structuredClone": {
    write: (value) => msgpackr.pack(value),
    read: (bytes) => msgpackr.unpack(bytes),
  },
  devalue: { write: (value) => encode(stringify(value)), read: (bytes) => parse(bytes.toString()) },
  superjson: {
    write: (value) => encode(superjson.stringify(value)),
    read: (bytes) => superjson.parse(bytes.toString()),
  },
  v8: { write: serialize, read: deserialize },
}

function roundTrip(name: string, value: object, details: Partial<Contender> = {}): Contender {
  const { write, read } = ways[name]!
  return { name, ...details, run: () => read(write(value) as Buffer) }
}

/** Round trips of a graph of records and of typed arrays, and the size of the graph. */
export async function graphComparisons(seed: number): Promise<Comparison[]> {
  const graph = recordGraph(seed)
  const arrays = typedArrays(seed)
  const lacks = "no class versions, format bound to V8"
  const records = await compare(
    "Pickle: 5,000 records, round trip",
    roundTrip("@persist Pickle", graph),
    [
      roundTrip("msgpackr, structuredClone", graph, {
        target: 1.3,
        lacks: "depth 2.6k; lone surrogates, holes, own __proto__",
      }),
      roundTrip("devalue", graph, { target: 0.33, lacks: "depth 1.7k; errors" }),
      roundTrip("superjson", graph, {
        target: 0.2,
        lacks: "depth 1.2k; errors in a cycle, sparse arrays",
      }),
      roundTrip("v8", graph, { lacks }),
    ],
  )
  const binary = await compare(
    "Pickle: 12 MB of typed arrays, round trip",
    roundTrip("@persist Pickle", arrays),
    [
      roundTrip("devalue", arrays, { target: 0.2 }),
      roundTrip("v8", arrays, { target: 3, lacks }),
      roundTrip("msgpackr, structuredClone", arrays),
    ],
    { rounds: 9, warmup: 2 },
  )
  return [records, binary, sizes(graph)]
}

/** Bytes instead of time; the unit is printed. */
function sizes(graph: object): Comparison {
  const target: Record<string, number> = { v8: 0.65 }
  const ours = ways["@persist Pickle"]!.write(graph).length
  const rows = Object.entries(ways).map(([name, { write }]) => {
    const size = write(graph).length
    const ratio = ours / size
    return {
      name,
      lacks: "",
      microseconds: size,
      ratio: [ratio, ratio, ratio] as const,
      target: target[name],
    }
  })
  return { title: "Pickle: 5,000 records, size", unit: "bytes", rows }
}
