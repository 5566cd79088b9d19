import { pack, unpack } from "msgpackr"
import { JsonSerializer, MsgpackSerializer } from "../../packages/serializers/dist/index.js"
import { type Comparison, compare } from "../measure.ts"
import { plainData } from "./payloads.ts"

/** Plain data: strict JSON against the engine's own, MessagePack with limits against msgpackr without. */
export async function plainComparisons(seed: number): Promise<Comparison[]> {
  const data = plainData(seed)
  const json = new JsonSerializer()
  const line = new JsonSerializer({ indent: 0 })
  const msgpack = new MsgpackSerializer()
  const text = Buffer.from(JSON.stringify(data))
  const lacks = "drops and changes silently"
  const options = { rounds: 31, warmup: 10 }
  return [
    await compare(
      "Msgpack: 1 MB, round trip",
      { name: "@persist Msgpack", run: () => msgpack.decode(msgpack.encode(data)) },
      [{ name: "msgpackr, plain", target: 1.3, lacks: "limits", run: () => unpack(pack(data)) }],
      options,
    ),
    await compare(
      "Json: 1 MB, encode, indented",
      { name: "@persist Json", run: () => json.encode(data) },
      [
        {
          name: "JSON.stringify to bytes",
          target: 1.5,
          lacks,
          run: () => Buffer.from(JSON.stringify(data, undefined, 2)),
        },
        {
          name: "JSON.stringify to a string",
          lacks,
          run: () => JSON.stringify(data, undefined, 2),
        },
      ],
      options,
    ),
    await compare(
      "Json: 1 MB, encode, one line",
      { name: "@persist Json", run: () => line.encode(data) },
      [
        {
          name: "JSON.stringify to bytes",
          target: 1.5,
          lacks,
          run: () => Buffer.from(JSON.stringify(data)),
        },
        { name: "JSON.stringify to a string", lacks, run: () => JSON.stringify(data) },
      ],
      options,
    ),
    await compare(
      "Json: 1 MB, decode",
      { name: "@persist Json", run: () => json.decode(text) },
      [
        {
          name: "JSON.parse of bytes",
          target: 1.2,
          lacks: "limits, checks of UTF-8",
          run: () => JSON.parse(text.toString()),
        },
      ],
      options,
    ),
  ]
}
