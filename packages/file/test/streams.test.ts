import { getEventListeners, once } from "node:events"
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { runInNewContext } from "node:vm"
import { JsonSerializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { BytesSerializer, FileStorage } from "../src/index.ts"
import { leftovers } from "../torture/leftovers.ts"
import { temporaryFolder } from "./temporary-folder.ts"

function open(): FileStorage {
  return new FileStorage({ directory: join(temporaryFolder(), "data"), durability: "none" })
}

async function* pieces(count: number, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(size, index)
}

async function collect(stream: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of stream!) all.push(piece)
  return Buffer.concat(all)
}

describe("FileStorage.saveStream", () => {
  test("saves what comes in pieces, and loadStream gives it back", async () => {
    const storage = open()
    const expected = await collect(pieces(40))
    const entry = await storage.saveStream("videos/Clip", pieces(40))
    expect(entry).toMatchObject({ key: "videos/Clip", size: expected.length, format: ".bin" })
    // The runner's own comparison takes seconds for so much.
    expect(expected.equals(await collect(await storage.loadStream("videos/Clip")))).toBe(true)
    expect(expected.equals((await storage.load("videos/Clip"))!)).toBe(true)
    expect(await storage.list()).toEqual(["videos/Clip"])
    expect(await storage.loadStream("none")).toBeUndefined()
  })

  test("leaves the old value when the source fails, or is aborted, and no trace of the new", async () => {
    const storage = open()
    await storage.saveStream("a", ["old"])
    async function* failing() {
      yield Buffer.alloc(100_000)
      throw new Error("the source is dry")
    }
    await expect(storage.saveStream("a", failing())).rejects.toThrow("the source is dry")
    const controller = new AbortController()
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(1000)
        controller.abort()
      }
    }
    const aborted = storage.saveStream("a", endless(), { signal: controller.signal })
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(await storage.load("a")).toEqual(Buffer.from("old"))
    await storage.close()
    expect(leftovers(storage.directory)).toEqual([])
    expect(existsSync(storage.directory)).toBe(true)
  })

  test("takes the format of what it is given, versions, backups and revisions", async () => {
    const storage = open()
    const serializer = new JsonSerializer()
    const first = await storage.saveStream("a", ["[1,", "2]"], { serializer, version: true })
    expect(await storage.load("a")).toEqual([1, 2])
    expect(readFileSync(first.path!, "utf8")).toBe("[1,2]")
    const second = await storage.saveStream("a", ["3"], {
      serializer,
      backup: true,
      ifRevision: first.revision,
    })
    expect(await storage.load("a", { version: first.version! })).toEqual([1, 2])
    expect(await storage.load("a", { version: second.backup! })).toEqual([1, 2])
    expect(
      (await collect(await storage.loadStream("a", { version: first.version! }))).toString(),
    ).toBe("[1,2]")
    await expect(
      storage.saveStream("a", ["4"], { ifRevision: first.revision }),
    ).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
  })

  test("takes no stream that somebody has read to its end for an empty value", async () => {
    const storage = open()
    await storage.saveStream("a", Readable.from(["old"]))
    const spent = Readable.from([Buffer.from("new")])
    await collect(spent)
    await expect(storage.saveStream("a", spent)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    expect(await storage.load("a")).toEqual(Buffer.from("old"))
    expect(await storage.saveStream("a", Readable.from([]))).toMatchObject({ size: 0 })
    await storage.close()
    expect(leftovers(storage.directory)).toEqual([])
  })

  test("goes on reading what it began to read", async () => {
    const storage = open()
    await storage.saveStream("a", pieces(10))
    const stream = (await storage.loadStream("a"))!
    await storage.saveStream("a", ["new"])
    expect((await collect(stream)).equals(await collect(pieces(10)))).toBe(true)
  })

  test("ends the stream with the errors of load: aborted, and what the system refuses", async () => {
    const storage = open()
    await storage.saveStream("a", pieces(10))
    const controller = new AbortController()
    const { signal } = controller
    const aborted = (await storage.loadStream("a", { signal }))!
    aborted.once("data", () => controller.abort("enough"))
    await expect(collect(aborted)).rejects.toMatchObject({
      code: "ERR_PERSIST_ABORTED",
      cause: "enough",
    })
    const whole = new AbortController().signal
    expect(await collect(await storage.loadStream("a", { signal: whole }))).toHaveLength(655_360)
    expect(getEventListeners(signal, "abort")).toEqual([])
    expect(getEventListeners(whole, "abort")).toEqual([])
    const refused = (await storage.loadStream("a"))!
    // What a disk does that cannot be read, a descriptor does that is open for writing only.
    const { fd } = refused as Readable & { readonly fd: number }
    Object.assign(refused, { fd: openSync(join(temporaryFolder(), "other"), "w") })
    await expect(collect(refused)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      key: "a",
      cause: { code: "EBADF" },
    })
    closeSync(fd)
  })

  test("ends the stream with such an error too when its file cannot be closed", async () => {
    const storage = open()
    await storage.saveStream("a", pieces(1))
    const stream = (await storage.loadStream("a"))! as Readable & { readonly fd: number }
    const failed = once(stream, "close")
    // What a network's disk does that tells late, a descriptor does that is closed already.
    stream.once("end", () => closeSync(stream.fd)).resume()
    await expect(failed).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      key: "a",
      cause: { code: "EBADF" },
    })
  })

  test("ends at its signal whenever that comes, also between opening and reading", async () => {
    const storage = open()
    await storage.saveStream("a", pieces(10))
    for (let turns = 0; turns < 16; turns++) {
      const controller = new AbortController()
      const { signal } = controller
      const loading = storage.loadStream("a", { signal }).then(collect)
      const length = loading.then((bytes) => bytes.length)
      const outcome = expect(length).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      for (let turn = 0; turn < turns; turn++) await undefined
      controller.abort()
      await outcome
    }
  })

  test("rejects options that it does not know, and a closed storage", async () => {
    const storage = open()
    // @ts-expect-error a misspelt option
    const misspelt = storage.saveStream("a", [], { bakup: true })
    await expect(misspelt).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
    for (const key of [undefined, null, "", 5] as never[]) {
      const error = { code: "ERR_PERSIST_INVALID_KEY" }
      await expect(storage.saveStream(key, [])).rejects.toMatchObject(error)
      await expect(storage.loadStream(key)).rejects.toMatchObject(error)
    }
    await storage.close()
    await expect(storage.saveStream("a", [])).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    await expect(storage.loadStream("a")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })
})

describe("the options of streams", () => {
  test.each([
    ["version", "yes"],
    ["backup", 1],
    ["ifRevision", 5],
    ["fence", -1],
    ["signal", {}],
    ["serializer", {}],
    ["ttl", 5],
  ])("saveStream refuses %s as %j", async (name, value) => {
    const saved = open().saveStream("a", "bytes", { [name]: value })
    await expect(saved).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
  })

  test.each([
    ["version", 5],
    ["signal", {}],
    ["default", 5],
  ])("loadStream refuses %s as %j", async (name, value) => {
    const loaded = open().loadStream("a", { [name]: value })
    await expect(loaded).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
  })

  test("loadStream follows no link that lies in the place of a version, as load does not", async () => {
    const storage = open()
    await storage.saveStream("a", "bytes", { version: true })
    const [version] = await storage.versions("a")
    const copies = join(storage.directory, ".persist/versions/a")
    const path = join(copies, readdirSync(copies)[0]!)
    const secret = join(temporaryFolder(), "secret")
    writeFileSync(secret, "secret")
    rmSync(path)
    symlinkSync(secret, path)
    const options = { version: version!.id }
    await expect(storage.load("a", options)).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
    await expect(storage.loadStream("a", options)).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
  })

  test("loadStream says that there is no such version, as load does", async () => {
    const storage = open()
    await storage.saveStream("a", "bytes")
    const loaded = storage.loadStream("a", { version: "none" })
    await expect(loaded).rejects.toMatchObject({ code: "ERR_PERSIST_NOT_FOUND", key: "a" })
  })
})

describe("BytesSerializer", () => {
  test("gives back bytes that later changes do not reach", () => {
    const bytes = Buffer.from("abc")
    const encoded = new BytesSerializer().encode(bytes)
    bytes.fill("x")
    expect(Buffer.from(encoded).toString()).toBe("abc")
  })

  test("takes the bytes of another realm, as test runners and plug-in hosts make them", async () => {
    const storage = open()
    const foreign: Uint8Array = runInNewContext("new Uint8Array([1, 2, 3])")
    await storage.save("a", foreign, { serializer: new BytesSerializer(), version: true })
    expect(await storage.load("a")).toEqual(Buffer.from([1, 2, 3]))
    const [version] = await storage.versions("a")
    expect(await storage.load("a", { version: version!.id })).toEqual(Buffer.from([1, 2, 3]))
  })
})
