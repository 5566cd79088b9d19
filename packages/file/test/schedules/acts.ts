import { PersistError } from "@persist/core"
import type { Observed } from "../../../core/src/conformance/linearizable.ts"
import type { FileStorage } from "../../src/index.ts"

export type Value = number | undefined

export type Effect = Observed<Value>["apply"]
type Act = (storage: FileStorage, id: number) => Promise<Effect>

const writes =
  (id: number): Effect =>
  () => ({ fits: true, next: id })
const saw =
  (value: Value): Effect =>
  (state) => ({ fits: state === value, next: state })
const kept = { version: true, backup: true } as const

interface Kind {
  readonly act: Act
  /** What it did if it did, when nobody knows. */
  readonly whenOpen?: (id: number) => Effect
}

/** What clients do with the key "key"; each says what it did to a register. */
export const acts: Readonly<Record<string, Kind>> = {
  save: { act: (storage, id) => storage.save("key", id).then(() => writes(id)), whenOpen: writes },
  saveSync: {
    act: async (storage, id) => {
      storage.saveSync("key", id, kept)
      return writes(id)
    },
    whenOpen: writes,
  },
  "save with version and backup": {
    act: async (storage, id) => {
      const { version, backup } = await storage.save("key", id, kept)
      // Somebody may close the storage now.
      const [copy, before] = await Promise.all([
        storage.load<number>("key", { version: version! }),
        backup && storage.load<number>("key", { version: backup }),
      ]).catch(() => [])
      return (state) => ({
        fits: copy === undefined || (copy === id && before === state),
        next: id,
      })
    },
    whenOpen: writes,
  },
  saveStream: {
    act: async (storage, id) => {
      const { serializer } = storage
      await storage.saveStream("key", [String(id)], { serializer })
      return writes(id)
    },
    whenOpen: writes,
  },
  "save if there is none": {
    act: async (storage, id) => {
      try {
        await storage.save("key", id, { ifRevision: null })
        return (state) => ({ fits: state === undefined, next: id })
      } catch (error) {
        if (!PersistError.is(error, "ERR_PERSIST_CONFLICT")) throw error
        return (state) => ({ fits: state !== undefined, next: state })
      }
    },
    whenOpen: writes,
  },
  update: {
    act: async (storage, id) => {
      let before: Value
      await storage.update<number>("key", (current) => {
        before = current
        return id
      })
      return (state) => ({ fits: state === before, next: id })
    },
    whenOpen: writes,
  },
  delete: {
    act: async (storage) => {
      const existed = await storage.delete("key", { backup: true })
      return (state) => ({ fits: existed === (state !== undefined), next: undefined })
    },
    whenOpen: () => () => ({ fits: true, next: undefined }),
  },
  load: { act: async (storage) => saw(await storage.load<number>("key")) },
  loadSync: { act: async (storage) => saw(storage.loadSync<number>("key")) },
}
