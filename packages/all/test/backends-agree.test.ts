import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import {
  DatabaseStorage,
  FileStorage,
  JsonSerializer,
  MsgpackSerializer,
  PersistError,
  type Storage,
  type StorageOptions,
  YamlSerializer,
} from "../src/index.ts"

const root = mkdtempSync(join(tmpdir(), "persist-all-"))
afterAll(() => rmSync(root, { recursive: true }))

/** One backend under test, which can be opened again on its data. */
interface Backend {
  readonly name: string
  open(options: StorageOptions): { readonly storage: Storage; close(): Promise<void> }
}

function backends(): Backend[] {
  const directory = mkdtempSync(join(root, "run-"))
  return [
    {
      name: "FileStorage",
      open(options) {
        const storage = new FileStorage({ ...options, directory, durability: "none" })
        return { storage, close: () => storage.close() }
      },
    },
    {
      name: "TableStorage",
      open(options) {
        const database = new DatabaseStorage(`sqlite:${join(directory, "values.db")}`)
        return { storage: database.storage("values", options), close: () => database.close() }
      },
    },
  ]
}

const formats = [new JsonSerializer(), new YamlSerializer(), new MsgpackSerializer()]
const key = fc.constantFrom("a", "a/b", "b", "B", "\u00e9", "a.json", "con", "b/c/d")
const flags = { version: fc.boolean(), backup: fc.boolean() }
const which = fc.constantFrom("current", "stale", "null", "any")

const step = fc.oneof(
  fc.record({
    ...{ do: fc.constant("save" as const), key, value: fc.nat(99), format: fc.nat(2), which },
    ...flags,
  }),
  fc.record({ do: fc.constant("load" as const), key, byDefault: fc.boolean() }),
  fc.record({ do: fc.constant("update" as const), key, fails: fc.boolean(), ...flags }),
  fc.record({
    do: fc.constant("delete" as const),
    key,
    which,
    backup: fc.boolean(),
    history: fc.boolean(),
  }),
  fc.record({
    do: fc.constant("list" as const),
    subfolder: fc.constantFrom("", "a", "b", "b/c"),
    pattern: fc.constantFrom(undefined, "*", "**/d", "[ab]", "b/**"),
  }),
  fc.record({ do: fc.constant("history" as const), key }),
  fc.record({ do: fc.constant("restore" as const), key, index: fc.nat(5) }),
  fc.record({ do: fc.constant("wait" as const), time: fc.constantFrom(400, 2_000) }),
  fc.record({ do: fc.constant("reopen" as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Runs steps on one backend; what it says is put so that two backends can say the same. */
class Session {
  readonly #backend: Backend
  readonly #options: StorageOptions
  readonly #stale = new Map<string, string>()
  #now = Date.UTC(2026, 0, 1)
  #opened: ReturnType<Backend["open"]>

  constructor(backend: Backend) {
    this.#backend = backend
    this.#options = {
      clock: () => this.#now,
      keep: { versions: 4, backups: 3 },
      serializers: formats,
    }
    this.#opened = backend.open(this.#options)
  }

  async run(step: Step): Promise<unknown> {
    try {
      return await this.#run(step)
    } catch (error) {
      if (PersistError.is(error)) return error.code
      throw error
    }
  }

  close(): Promise<void> {
    return this.#opened.close()
  }

  async #run(step: Step): Promise<unknown> {
    const { storage } = this.#opened
    switch (step.do) {
      case "save": {
        const { key, value, version, backup } = step
        const serializer = formats[step.format]!
        const revision = await this.#revision(key, step.which)
        const options = { serializer, version, backup, ...revision }
        const saved = await storage.save(key, { value }, options)
        const { size, format } = saved
        const made = [saved.version !== undefined, saved.backup !== undefined]
        return [size, format, ...made]
      }
      case "load": {
        if (step.byDefault) return storage.load<unknown>(step.key, { default: "none" })
        const found = await storage.loadEntry(step.key)
        return found && [found.value, found.entry.format, found.entry.size]
      }
      case "update": {
        const { key, version, backup, fails } = step
        const change = (current: unknown) => {
          if (fails) throw new PersistError("ERR_PERSIST_VALIDATION", "no")
          return [current ?? null].flat(1).slice(-3)
        }
        return storage.update<unknown>(key, change, { version, backup })
      }
      case "delete": {
        const { which, backup, history } = step
        const { ifRevision } = await this.#revision(step.key, which)
        const guard = typeof ifRevision === "string" ? { ifRevision } : {}
        return storage.delete(step.key, { backup, history, ...guard })
      }
      case "list": {
        const { subfolder, pattern } = step
        const entries: string[] = []
        for await (const entry of storage.entries({ subfolder, pattern })) entries.push(entry.key)
        return [await storage.list({ subfolder, pattern }), entries.toSorted()]
      }
      case "history": {
        const copies = [...(await storage.versions(step.key)), ...(await storage.backups(step.key))]
        const described = copies.map(async ({ id, kind, size, format }) => {
          return [kind, size, format, await storage.load(step.key, { version: id })]
        })
        return Promise.all(described)
      }
      case "restore": {
        const copies = await storage.versions(step.key)
        const id = copies[step.index]?.id ?? "made up"
        const { size, format } = await storage.restore(step.key, id)
        return [size, format]
      }
      case "wait":
        this.#now += step.time
        return undefined
      case "reopen":
        await this.close()
        this.#opened = this.#backend.open(this.#options)
        return undefined
    }
  }

  async #revision(key: string, which: "current" | "stale" | "null" | "any") {
    const current = (await this.#opened.storage.stat(key))?.revision
    const stale = this.#stale.get(key) ?? "never there"
    if (current !== undefined) this.#stale.set(key, current)
    if (which === "any") return {}
    if (which === "null") return { ifRevision: null }
    return { ifRevision: which === "current" ? (current ?? null) : stale }
  }
}

test("every backend does and says the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40, size: "max" }),
      async (steps) => {
        const sessions = backends().map((backend) => [backend.name, new Session(backend)] as const)
        for (const step of steps) {
          const said = await Promise.all(sessions.map(async ([, session]) => session.run(step)))
          const [first, ...others] = said
          for (const [index, other] of others.entries()) {
            expect(
              other,
              `${sessions[index + 1]![0]} against ${sessions[0]![0]}: ${JSON.stringify(step)}`,
            ).toEqual(first)
          }
        }
        await Promise.all(sessions.map(([, session]) => session.close()))
      },
    ),
    { numRuns: 40 },
  )
})
