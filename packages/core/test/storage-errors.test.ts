import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { nodeCode } from "../../atomic/test/support/interfering-file-system.ts"
import {
  type Entry,
  PersistError,
  Serializer,
  type StoredValue,
  type WriteRequest,
} from "../src/index.ts"
import { isDiskFull } from "../src/options.ts"
import { MemoryStorage, type MemoryStorageOptions } from "./support/memory-storage.ts"

/** A storage whose primitives throw what they are told. */
class FailingStorage extends MemoryStorage {
  readonly #error: () => unknown

  constructor(error: () => unknown, options?: MemoryStorageOptions) {
    super(options)
    this.#error = error
  }

  protected override async _read(): Promise<StoredValue | undefined> {
    throw this.#error()
  }

  protected override async _write(
    _key: string,
    _bytes: Uint8Array,
    _request: WriteRequest,
  ): Promise<never> {
    throw this.#error()
  }

  protected override _entries(): AsyncIterable<Entry> {
    throw this.#error()
  }

  protected override async _close(): Promise<void> {
    throw this.#error()
  }
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "nothing was thrown",
    (error: unknown) => error,
  )
}

describe("errors of a backend", () => {
  const full = Object.assign(new Error("no space left"), { code: "ENOSPC", path: "/data/key" })

  test("an update that is aborted in its change writes nothing, though the backend hears no signal", async () => {
    class Deaf extends MemoryStorage {
      protected override _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        return super._write(key, bytes, { ...request, signal: undefined })
      }
    }
    const storage = new Deaf()
    await storage.save("key", 1)
    const controller = new AbortController()
    const { signal } = controller
    const change = () => {
      controller.abort()
      return 2
    }
    const updated = storage.update<number>("key", change, { signal })
    await expect(updated).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(await storage.load("key")).toBe(1)
  })

  test("are errors whoever made them: where Jest runs a test, Node's are no instances of its Error", async () => {
    const foreign = runInNewContext(
      "Object.assign(new Error('not a directory'), { code: 'ENOTDIR' })",
    )
    const storage = new FailingStorage(() => foreign)
    await expect(storage.save("key", 1)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      message: 'Cannot save "key": not a directory',
      cause: foreign,
    })
    const failed = runInNewContext("new Error('fetch failed', { cause })", { cause: foreign })
    await expect(new FailingStorage(() => failed).load("key")).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      message: 'Cannot load "key": fetch failed: not a directory',
    })
  })

  test("of the system say what to do next", async () => {
    const storage = new FailingStorage(() => full)
    const message = 'Cannot save "key": no space left. Make room there, and try again.'
    await expect(storage.save("key", 1)).rejects.toThrow(message)
    for (const code of [nodeCode("EDQUOT"), "EDQUOT"]) {
      const used = Object.assign(new Error("used up"), { code })
      expect(isDiskFull(used)).toBe(true)
      await expect(new FailingStorage(() => used).save("key", 1)).rejects.toThrow("make room")
    }
    const refusal = { code: "ERR_ACCESS_DENIED", permission: "FileSystemWrite", resource: "/data" }
    const refused = new FailingStorage(() => Object.assign(new Error("restricted"), refusal))
    await expect(refused.save("key", 1)).rejects.toThrow(
      "restricted. Start Node with --allow-fs-write",
    )
  })

  test("of a fetch are those of the system that are its cause", async () => {
    const storage = new FailingStorage(() => {
      const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })
      return new TypeError("fetch failed", { cause })
    })
    const error = await failure(storage.load("key"))
    expect(error).toMatchObject({ code: "ERR_PERSIST_IO", key: "key" })
    expect((error as Error).message).toBe('Cannot load "key": fetch failed: read ECONNRESET')
    expect((error as Error).cause).toBeInstanceOf(TypeError)
    const change = () => {
      throw new TypeError("fetch failed", { cause: full })
    }
    await expect(new MemoryStorage().update("key", change)).rejects.toThrow(TypeError)
  })

  test("of a fetch that the signal ended are an end by the signal", async () => {
    const controller = new AbortController()
    const { signal } = controller
    const storage = new FailingStorage(() => {
      controller.abort()
      return new TypeError("fetch failed", { cause: signal.reason })
    })
    const error = await failure(storage.load("key", { signal }))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: signal.reason })
  })

  test("are told by their codes where they have no message, as when each address of a host refuses", async () => {
    const cause = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" })
    for (const [thrown, message] of [
      [new TypeError("fetch failed", { cause }), 'Cannot load "key": fetch failed: ECONNREFUSED'],
      [cause, 'Cannot load "key": ECONNREFUSED'],
    ] as const) {
      const error = await failure(new FailingStorage(() => thrown).load("key"))
      expect(error).toMatchObject({ code: "ERR_PERSIST_IO", message })
    }
  })

  test("a promise in a value asks whether an await is missing", async () => {
    const forgotten = { level: Promise.resolve(3) }
    const message = 'Cannot save "key": $.level is a Promise (is an await missing?)'
    await expect(new MemoryStorage().save("key", forgotten)).rejects.toThrow(message)
  })

  test("a change that returns nothing is told so", async () => {
    const change = (counts: { n: number }) => {
      counts.n++
    }
    const storage = new MemoryStorage()
    const updated = storage.update("key", change as never, { default: { n: 0 } as never })
    await expect(updated).rejects.toThrow('The change of "key" returned undefined; return the new')
    await expect(updated).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE", key: "key" })
    expect(await storage.exists("key")).toBe(false)
    const unencodable = storage.update<unknown>("key", () => 1n)
    await expect(unencodable).rejects.toThrow('Cannot save "key": $ is the BigInt 1n')
  })

  test("of the system are ERR_PERSIST_IO with that error as cause", async () => {
    const storage = new FailingStorage(() => full)
    for (const work of [
      storage.save("key", 1),
      storage.load("key"),
      storage.update("key", () => 1),
      storage.exists("key"),
      storage.list(),
      (async () => storage.entries())(),
    ]) {
      const error = await failure(work)
      expect(error).toMatchObject({ code: "ERR_PERSIST_IO", cause: full, path: "/data/key" })
      expect(String(error)).toContain("no space left")
    }
    expect(await failure(storage.save("key", 1))).toMatchObject({ key: "key" })
    expect(await failure(storage.close())).toMatchObject({ code: "ERR_PERSIST_IO", cause: full })
  })

  test("that are mistakes stay as they are", async () => {
    const mistake = new TypeError("undefined is not a function")
    const storage = new FailingStorage(() => mistake)
    expect(await failure(storage.save("key", 1))).toBe(mistake)
    expect(await failure(storage.load("key"))).toBe(mistake)
  })

  test("that come from the caller's signal are ERR_PERSIST_ABORTED with its reason", async () => {
    const reason = new PersistError("ERR_PERSIST_TIMEOUT", "no longer wanted")
    for (const thrown of [reason, new DOMException("This operation was aborted", "AbortError")]) {
      const controller = new AbortController()
      const storage = new FailingStorage(() => {
        controller.abort(reason)
        return thrown
      })
      const { signal } = controller
      const error = await failure(storage.save("key", 1, { signal }))
      expect(error).toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: reason })
    }
  })

  test("of a deadline keep the deadline's error as cause", async () => {
    const signal = AbortSignal.timeout(1)
    await new Promise((resolve) => signal.addEventListener("abort", resolve))
    const error = await failure(new MemoryStorage().save("key", 1, { signal }))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: { name: "TimeoutError" } })
  })
})

/** As a newcomer would write it: no PersistError anywhere. */
class NaiveSerializer extends Serializer {
  readonly fileExtension = ".naive"

  encode(value: unknown): Uint8Array {
    return Buffer.from(JSON.stringify(value))
  }

  decode(bytes: Uint8Array): unknown {
    return JSON.parse(Buffer.from(bytes).toString())
  }
}

/** Bytes as they are. */
class Bytes extends Serializer<Uint8Array> {
  readonly fileExtension = ".bytes"
  encode(value: Uint8Array): Uint8Array {
    return value
  }
  decode(bytes: Uint8Array): Uint8Array {
    return bytes
  }
}

describe("what a serializer returns", () => {
  test("is copied when it is the value itself, so that later changes are not saved", async () => {
    const storage = new MemoryStorage()
    const value = Buffer.from("before")
    const saving = storage.save("key", value, { serializer: new Bytes() })
    value.write("after!")
    await saving
    expect(await storage.load("key")).toEqual(new Uint8Array(Buffer.from("before")))
  })

  test("must be bytes", async () => {
    const storage = new MemoryStorage({ serializer: new Bytes() })
    for (const value of ["text", undefined, null, 5, [1]]) {
      const error = await failure(storage.save("key", value))
      expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", key: "key" })
    }
    expect(await storage.list()).toEqual([])
  })
})

describe("errors of a serializer that throws its own", () => {
  const serializer = new NaiveSerializer()

  test("when it encodes are ERR_PERSIST_ENCODE", async () => {
    const storage = new MemoryStorage({ serializer })
    const error = await failure(storage.save("key", 1n))
    expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", key: "key" })
    expect((error as PersistError).cause).toBeInstanceOf(Error)
  })

  test("when it decodes mean damage: recovered from history, or ERR_PERSIST_CORRUPT", async () => {
    const storage = new MemoryStorage({ serializer })
    const damage = (key: string) => {
      const stored = storage.disk.values.get(key)!
      storage.disk.values.set(key, { ...stored, bytes: Buffer.from("{") })
    }
    await storage.save("kept", 1, { version: true })
    await storage.save("lost", 1)
    damage("kept")
    damage("lost")
    expect(await storage.load("kept")).toBe(1)
    expect(await failure(storage.load("lost"))).toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    expect(storage.disk.damaged).toHaveLength(2)
  })

  test("that name a key already come as they are", async () => {
    const own = new PersistError("ERR_PERSIST_ENCODE", "Not this one.", { key: "its own" })
    class Choosy extends NaiveSerializer {
      override encode(): Uint8Array {
        throw own
      }
    }
    const storage = new MemoryStorage({ serializer: new Choosy() })
    expect(await failure(storage.save("key", 1))).toBe(own)
  })
})
