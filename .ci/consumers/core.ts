import { JsonSerializer, PersistError, type Serializer } from "@persist/core"

const serializer: Serializer = new JsonSerializer()
const bytes: Uint8Array = serializer.encode({ level: 3 })
const decoded: unknown = serializer.decode(bytes)
if (JSON.stringify(decoded) !== '{"level":3}') throw new Error("JSON does not come back.")
if (PersistError.is(new Error("foreign")))
  throw new Error("A foreign error is taken for one of ours.")

// @ts-expect-error An extension is a string.
export const extension: number = serializer.fileExtension
