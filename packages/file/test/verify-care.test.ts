import { readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Serializer } from "@persist/core"
import { expect, test } from "vitest"
import { FileStorage } from "../src/index.ts"
import { mend } from "../src/maintenance/repair.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** A storage that shows what its parts share. */
class OpenStorage extends FileStorage {
  get shared() {
    return this.context
  }
}

function open(): OpenStorage {
  return new OpenStorage({ directory: join(temporaryFolder(), "data"), durability: "none" })
}

class NotesSerializer extends Serializer<string> {
  readonly fileExtension = ".note"

  encode(text: string): Uint8Array {
    return Buffer.from(text)
  }

  decode(bytes: Uint8Array): string {
    return Buffer.from(bytes).toString()
  }
}

test("repair leaves copies in formats that this storage does not know", async () => {
  const storage = open()
  const serializer = new NotesSerializer()
  const { version } = await storage.save("a", "{", { serializer, version: true })
  await storage.close()
  await using other = new FileStorage({ directory: storage.directory, durability: "none" })
  expect((await other.verify()).problems).toEqual([])
  expect(await other.repair()).toMatchObject({ mended: [], remaining: [] })
  await using again = new FileStorage({ directory: storage.directory, serializers: [serializer] })
  expect(await again.load("a", { version: version! })).toBe("{")
})

test("an older file that has become the value meanwhile is not removed as superseded", async () => {
  await using storage = open()
  const { path: newer } = await storage.save("a", "newer")
  await storage.saveStream("b", ["older"])
  const path = join(storage.directory, "a.bin")
  writeFileSync(path, "older")
  utimesSync(path, 1e9, 1e9)
  const { problems } = await storage.verify()
  expect(problems).toEqual([{ kind: "superseded", key: "a", path }])
  rmSync(newer!)
  expect(await mend(storage.shared, problems[0]!, async () => true)).toBeUndefined()
  expect(await storage.load("a")).toEqual(Buffer.from("older"))
})

test("verify that is aborted amid copies stops", async () => {
  await using storage = open()
  for (let count = 0; count < 120; count++) await storage.save("a", count, { version: true })
  const amidCopies = new AbortController()
  const onProgress = () => amidCopies.abort()
  const copies = storage.verify({ signal: amidCopies.signal, onProgress })
  await expect(copies).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
})

test.runIf(process.platform === "linux")(
  "a loadStream that is aborted holds no file open",
  async () => {
    await using storage = open()
    await storage.saveStream("a", ["bytes"])
    const descriptors = () => readdirSync("/proc/self/fd").length
    const before = descriptors()
    for (let microtasks = 0; microtasks < 20; microtasks++) {
      const controller = new AbortController()
      const loading = storage.loadStream("a", { signal: controller.signal })
      for (let count = 0; count < microtasks; count++) await undefined
      controller.abort()
      const stream = await loading.catch(() => undefined)
      if (stream === undefined) continue
      const closed = new Promise((resolve) => stream.once("close", resolve))
      stream.once("error", () => {}).destroy()
      await closed
    }
    expect(descriptors()).toBe(before)
  },
)
