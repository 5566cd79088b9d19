import { JsonSerializer, type Serializer } from "@persist/core"
import { checksummed } from "../checksummed/checksummed-serializer.ts"
import { compressed } from "../compressed/compressed-serializer.ts"
import { encrypted } from "../encrypted/encrypted-serializer.ts"
import { MsgpackSerializer } from "../msgpack/msgpack-serializer.ts"
import { PickleSerializer } from "../pickle/pickle-serializer.ts"
import { YamlSerializer } from "../yaml/yaml-serializer.ts"
import type { DetectOptions } from "./detect.ts"

/** Builds a serializer from what it may need. */
export type Make = (options: DetectOptions) => Serializer

/** Puts a layer around a serializer. */
export type Wrap = (inner: Serializer, options: DetectOptions) => Serializer | undefined

/** The formats, by extension. */
export const formats: ReadonlyMap<string, Make> = new Map<string, Make>([
  [".json", ({ limits }) => new JsonSerializer(limits && { limits })],
  [".msgpack", ({ limits }) => new MsgpackSerializer(limits && { limits })],
  [
    ".pkl",
    ({ classes = [], limits }) => new PickleSerializer({ classes, ...(limits && { limits }) }),
  ],
  [".yaml", ({ limits }) => new YamlSerializer(limits && { limits })],
  [".yml", ({ limits }) => new YamlSerializer(limits && { limits })],
])

/** The layers, by extension; encryption only with keys. */
export const layers: ReadonlyMap<string, Wrap> = new Map<string, Wrap>([
  [".zst", (inner, { limits }) => compressed(inner, limits && { limits })],
  [
    ".gz",
    (inner, { limits }) => compressed(inner, { algorithm: "gzip", ...(limits && { limits }) }),
  ],
  [
    ".br",
    (inner, { limits }) => compressed(inner, { algorithm: "brotli", ...(limits && { limits }) }),
  ],
  [".sum", (inner) => checksummed(inner)],
  [".enc", (inner, options) => options.encrypted && encrypted(inner, options.encrypted)],
])

/** The serializer that the extensions of a file's name describe; undefined when they describe none. */
export function serializerOfName(path: string, options: DetectOptions): Serializer | undefined {
  const extension = /\.[^./\\]+$/.exec(path)?.[0]
  if (extension === undefined) return undefined
  const name = extension.toLowerCase()
  const make = formats.get(name)
  if (make !== undefined) return make(options)
  const wrap = layers.get(name)
  const inner = wrap && serializerOfName(path.slice(0, -extension.length), options)
  return inner && wrap?.(inner, options)
}
