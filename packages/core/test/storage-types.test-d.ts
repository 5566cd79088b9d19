// Checked by `tsc -b test`: what the types of Storage infer, and what they refuse.
import {
  type Entry,
  JsonSerializer,
  type LoadedEntry,
  type Serializer,
  type Storage,
} from "../src/index.ts"

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only when the type of `value` is exactly `Expected`. */
function is<Expected>() {
  return <Actual>(_value: Actual, _same: Equal<Actual, Expected>) => {}
}

interface Player {
  readonly name: string
  readonly level: number
}

declare const storage: Storage
declare const players: Serializer<Player>
const player: Player = { name: "Ada", level: 3 }

export async function loading(): Promise<void> {
  is<unknown>()(await storage.load("key"), true)
  is<Player | undefined>()(await storage.load<Player>("key"), true)
  is<Player>()(await storage.load<Player>("key", { default: player }), true)
  is<number>()(await storage.load("key", { default: 0 }), true)
  is<string>()(await storage.load("key", { default: "none" }), true)
  is<Player>()(await storage.load("key", { default: player, subfolder: "players" }), true)
  is<Player | undefined>()(await storage.load("key", { serializer: players }), true)
  is<Player>()(await storage.load("key", { serializer: players, default: player }), true)
  is<Player | null>()(await storage.load<Player | null>("key", { default: null }), true)
  is<Player | undefined>()(
    await storage.load<Player>("key", { serializer: new JsonSerializer() }),
    true,
  )
  is<LoadedEntry<Player> | undefined>()(await storage.loadEntry<Player>("key"), true)
  is<LoadedEntry<Player> | undefined>()(
    await storage.loadEntry("key", { serializer: players }),
    true,
  )
  is<number>()(storage.loadSync("key", { default: 0 }), true)
  is<Player | undefined>()(storage.loadSync<Player>("key"), true)
  // @ts-expect-error The default must be what is loaded.
  await storage.load<Player>("key", { default: "none" })
  // @ts-expect-error There is no such option.
  await storage.load("key", { fallback: 0 })
}

export async function saving(): Promise<void> {
  is<Entry>()(await storage.save("key", player), true)
  is<Entry>()(await storage.save("key", player, { serializer: players, version: true }), true)
  await storage.save<Player>("key", player)
  await storage.save("key", player, { ttl: "5m" })
  await storage.save("key", player, { ifRevision: null, signal: undefined })
  // @ts-expect-error Not what the serializer takes.
  await storage.save("key", { name: "Ada" }, { serializer: players })
  // @ts-expect-error Not what was announced.
  await storage.save<Player>("key", "Ada")
  // @ts-expect-error Not a duration.
  await storage.save("key", player, { ttl: "5 minutes" })
  // @ts-expect-error There is no such option.
  await storage.save("key", player, { backups: true })
  // @ts-expect-error A key is a string.
  await storage.save(1, player)
}

export async function updating(): Promise<void> {
  is<number>()(await storage.update("key", (count) => count + 1, { default: 0 }), true)
  is<Player>()(await storage.update<Player>("key", (current) => current ?? player), true)
  is<Player>()(
    await storage.update("key", (current) => ({ ...current, level: 4 }), {
      serializer: players,
      default: player,
    }),
    true,
  )
  is<string[]>()(
    await storage.update("key", (list: string[]) => [...list, "a"], { default: [] }),
    true,
  )
  // @ts-expect-error Without a default the current value may be missing.
  await storage.update<number>("key", (count) => count + 1)
  // @ts-expect-error A change gives back what it was given.
  await storage.update<Player>("key", () => "Ada", { default: player })
  // @ts-expect-error An update decides by itself what it may write over.
  await storage.update("key", () => 1, { ifRevision: "1" })
}

export async function looking(): Promise<void> {
  is<string[]>()(await storage.list({ pattern: "*" }), true)
  is<Entry | undefined>()(await storage.stat("key"), true)
  is<boolean>()(await storage.delete("key", { history: true }), true)
  for await (const entry of storage.entries()) is<Entry>()(entry, true)
  for await (const change of storage.watch()) {
    is<"save" | "delete" | "gap">()(change.type, true)
  }
  // @ts-expect-error Revisions guard a delete as strings only.
  await storage.delete("key", { ifRevision: null })
}
