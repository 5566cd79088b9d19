import { expectTypeOf, test } from "vitest"
import { z } from "zod"
import { type DottedPath, type DottedValue, openConfigSync, StateManager } from "../src/index.ts"

interface Tree {
  name: string
  left?: Tree
  right: Tree | null
}

interface Settings {
  server: { port: number; tls?: { cert: string } | undefined; hosts: string[] }
  level: "info" | "debug"
  limits: Record<string, { max: number }>
  since: Date
  either: { kind: "a"; a: number } | { kind: "b"; b: string }
  maybe: { deep: { er: boolean } } | null
  pair: readonly [number, string]
  tree: Tree
  "with-dash": { "x y": 1 }
}

test("paths are those of the type, through optional members, unions and records", () => {
  type Path = DottedPath<Settings>
  expectTypeOf<"server">().toExtend<Path>()
  expectTypeOf<"server.tls.cert">().toExtend<Path>()
  expectTypeOf<"limits.anything.max">().toExtend<Path>()
  expectTypeOf<"either.kind">().toExtend<Path>()
  expectTypeOf<"either.a">().toExtend<Path>()
  expectTypeOf<"either.b">().toExtend<Path>()
  expectTypeOf<"maybe.deep.er">().toExtend<Path>()
  expectTypeOf<"with-dash.x y">().toExtend<Path>()
  expectTypeOf<"tree.left.right.left.name">().toExtend<Path>()
  expectTypeOf<"server.prot">().not.toExtend<Path>()
  expectTypeOf<"server.port.toFixed">().not.toExtend<Path>()
  expectTypeOf<"level.length">().not.toExtend<Path>()
  expectTypeOf<"since.getTime">().not.toExtend<Path>()
  expectTypeOf<"server.hosts.0">().not.toExtend<Path>()
  expectTypeOf<"server.hosts.length">().not.toExtend<Path>()
  expectTypeOf<"">().not.toExtend<Path>()
})

test("values are what stands at the path, undefined where something on the way may be missing", () => {
  expectTypeOf<DottedValue<Settings, "server.port">>().toEqualTypeOf<number>()
  expectTypeOf<DottedValue<Settings, "server.tls.cert">>().toEqualTypeOf<string | undefined>()
  expectTypeOf<DottedValue<Settings, "server.hosts">>().toEqualTypeOf<string[]>()
  expectTypeOf<DottedValue<Settings, "level">>().toEqualTypeOf<"info" | "debug">()
  expectTypeOf<DottedValue<Settings, "limits.x.max">>().toEqualTypeOf<number | undefined>()
  expectTypeOf<DottedValue<Settings, "either.kind">>().toEqualTypeOf<"a" | "b">()
  expectTypeOf<DottedValue<Settings, "either.a">>().toEqualTypeOf<number | undefined>()
  expectTypeOf<DottedValue<Settings, "maybe.deep.er">>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<DottedValue<Settings, "maybe">>().toEqualTypeOf<{ deep: { er: boolean } } | null>()
  expectTypeOf<DottedValue<Settings, "tree.left.name">>().toEqualTypeOf<string | undefined>()
})

test("a configuration is typed by its schema", () => {
  const schema = z.object({
    server: z.object({ port: z.number().default(80), host: z.string().optional() }).prefault({}),
    plugins: z.array(z.object({ name: z.string() })).default([]),
  })
  const config = openConfigSync({ schema })
  expectTypeOf(config.get("server.port")).toEqualTypeOf<number>()
  expectTypeOf(config.get("server.host")).toEqualTypeOf<string | undefined>()
  expectTypeOf(config.get("plugins")).toEqualTypeOf<{ name: string }[]>()
  expectTypeOf(config.value.server.port).toEqualTypeOf<number>()
  const never = () => {
    // @ts-expect-error there is no such path
    config.get("server.prot")
    // @ts-expect-error nor below a list
    config.get("plugins.0.name")
    // @ts-expect-error a port is a number
    void config.set("server.port", "80")
    // @ts-expect-error there is no such path to delete
    void config.delete("sever")
    // @ts-expect-error nor to explain
    config.explain("server.port.x")
    void config.set("server.host", "h")
    void config.update({ server: { port: 80, host: undefined }, plugins: [] }, "user")
    // @ts-expect-error a port is a number, among others too
    void config.update({ plugins: [], server: { port: "80" } })
    // @ts-expect-error there is no such name among them
    void config.update({ server: { prot: 80 } })
    // @ts-expect-error a plugin is whole
    void config.update({ plugins: [{}] })
    void config.set(
      "server.port",
      // @ts-expect-error it is the value that is told to be wrong, not the path
      "80",
    )
  }
  // As whatever looks at the last of several signatures sees it.
  expectTypeOf<ReturnType<typeof config.get>>().not.toBeUnknown()
  expectTypeOf(never).toBeFunction()
})

test("paths lead into plain objects alone, as get does", () => {
  interface Values {
    at: { url: URL; pattern: RegExp; bytes: Uint8Array; since?: Date }
    map: Map<string, number>
    set: ReadonlySet<string>
  }
  expectTypeOf<DottedPath<Values>>().toEqualTypeOf<
    "at" | "at.url" | "at.pattern" | "at.bytes" | "at.since" | "map" | "set"
  >()
})

test("without a schema every path may be asked for, and nothing is known of its value", () => {
  const config = openConfigSync({})
  expectTypeOf(config.get("any.thing")).toEqualTypeOf<unknown>()
})

test("states are typed by their schema, by what goes in and what comes out", () => {
  const schema = z.object({ level: z.number(), name: z.string().default("ann") })
  const states = new StateManager({ directory: "unused", schema })
  const never = async () => {
    await states.saveState("game", { level: 1 })
    // @ts-expect-error a level is a number
    await states.saveState("game", { level: "1" })
    // @ts-expect-error a level has to be there
    await states.saveState("game", {})
    expectTypeOf(await states.loadState("game")).toEqualTypeOf<
      { level: number; name: string } | undefined
    >()
    const start = { default: { level: 0, name: "" } }
    expectTypeOf(await states.loadState("game", start)).toEqualTypeOf<{
      level: number
      name: string
    }>()
    await states.updateState("game", (state) => ({ level: (state?.level ?? 0) + 1 }))
    // @ts-expect-error a level is a number
    await states.updateState("game", () => ({ level: "1" }))
    const live = await states.open("game", { initial: { level: 1, name: "ann" } })
    live.update((draft) => {
      draft.level = 2
      // @ts-expect-error a level is a number
      draft.level = "2"
    })
    // @ts-expect-error a level is a number
    await states.open("game", { initial: { level: "1", name: "ann" } })
    expectTypeOf(live.value.name).toEqualTypeOf<string>()
  }
  expectTypeOf(never).toBeFunction()
})

test("what a schema says of a state is not narrowed by an empty list, nor widened by a name too many", () => {
  const schema = z.object({ turns: z.array(z.string()), name: z.string() })
  const states = new StateManager({ directory: "unused", schema })
  type Chat = z.output<typeof schema>
  const never = async () => {
    const live = await states.open("chat", { initial: { turns: [], name: "" } })
    expectTypeOf(live.value).toEqualTypeOf<Chat>()
    live.update((draft) => void draft.turns.push("hello"))
    const loaded = await states.loadState("chat", { default: { turns: [], name: "" } })
    expectTypeOf(loaded).toEqualTypeOf<Chat>()
    const add = (chat: Chat) => ({ ...chat, turns: [...chat.turns, "hello"] })
    await states.updateState("chat", add, { default: { turns: [], name: "" } })
    await states.updateState("chat", ({ turns, name }) => ({ turns: [...turns, "x"], name }), {
      default: { turns: [], name: "" },
    })
    // @ts-expect-error no turns
    await states.loadState("chat", { default: { name: "" } })
    // @ts-expect-error a name that the schema does not know
    await states.saveState("chat", { turns: [], name: "", nmae: "" })
  }
  expectTypeOf(never).toBeFunction()
})

test("without a schema a state is what the call says, also in a class over any state", () => {
  const states = new StateManager({ directory: "unused" })
  class Kept<Data> {
    readonly states: StateManager<Data>
    readonly first: Data
    constructor(states: StateManager<Data>, first: Data) {
      this.states = states
      this.first = first
    }
    load(): Promise<Data> {
      return this.states.loadState("kept", { default: this.first })
    }
    change(change: (data: Data) => Data): Promise<Data> {
      return this.states.updateState("kept", change, { default: this.first })
    }
    save(data: Data) {
      return this.states.saveState("kept", data)
    }
    open() {
      return this.states.open("kept", { initial: this.first })
    }
  }
  const never = async () => {
    expectTypeOf(await states.loadState("n", { default: 1 })).toEqualTypeOf<number>()
    expectTypeOf(await states.loadState<{ a: 1 }>("n")).toEqualTypeOf<{ a: 1 } | undefined>()
    const sum = await states.updateState("n", (n) => n + 1, { default: 0 })
    expectTypeOf(sum).toEqualTypeOf<number>()
    await states.saveState<{ level: number }>("game", { level: 1 })
    const live = await states.open("volume", { initial: { volume: 5 } })
    expectTypeOf(live.value).toEqualTypeOf<{ volume: number }>()
    const named = await states.open<{ list: string[] }>("list", { initial: { list: [] } })
    expectTypeOf(named.value).toEqualTypeOf<{ list: string[] }>()
    expectTypeOf(await new Kept(new StateManager<number>(), 1).open()).toExtend<{ value: number }>()
  }
  expectTypeOf(never).toBeFunction()
})
