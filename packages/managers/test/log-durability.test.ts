import { readdirSync, readlinkSync, writeFileSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { basename, join } from "node:path"
import { gzipSync } from "node:zlib"
import { expect, onTestFinished, test, vi } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** Which files and folders are synced from now on, by name, as the calls come. */
async function synced() {
  const handle = await open(temporaryDirectory())
  const prototype: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const names: string[] = []
  onTestFinished(() => void vi.restoreAllMocks())
  for (const call of ["sync", "datasync"] as const) {
    const real = prototype[call]
    vi.spyOn(prototype, call).mockImplementation(function (this: FileHandle) {
      names.push(basename(readlinkSync(`/proc/self/fd/${this.fd}`)))
      return real.call(this)
    })
  }
  return { names, prototype }
}

test.runIf(process.platform === "linux").each([
  ["full", ["app", "segment", "segment"]],
  ["file", ["segment", "segment"]],
  ["none", []],
] as const)("an append with durability %j syncs what it says", async (durability, expected) => {
  await using logs = new LogManager({ directory: temporaryDirectory(), durability })
  const { names } = await synced()
  await logs.append("app", { n: 1 })
  await logs.append("app", { n: 2 })
  expect(names.map((name) => name.replace(/^.*\.open\.ndjson$/, "segment"))).toEqual(expected)
})

test("an append that could not be synced is told, and the next one goes on", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  await logs.append("app", { n: 1 })
  const { prototype } = await synced()
  const failure = Object.assign(new Error("no disk"), { code: "EIO" })
  vi.mocked(prototype.datasync).mockRejectedValueOnce(failure)
  await expect(logs.append("app", { n: 2 })).rejects.toMatchObject({
    code: "ERR_PERSIST_IO",
    cause: failure,
  })
  await logs.append("app", { n: 3 })
  expect((await logs.read("app")).at(-1)).toMatchObject({ n: 3 })
})

test.runIf(process.platform === "linux")(
  "a compressed file and its name are on the disk before the plain one goes",
  async () => {
    const directory = temporaryDirectory()
    await using logs = new LogManager({
      directory,
      durability: "none",
      rotation: { maxSize: 1 },
    })
    const { names } = await synced()
    await logs.append("app", { n: 1 })
    await logs.close()
    expect(names.map((name) => name.replace(/^.*\.tmp$/, "temporary"))).toEqual([
      "temporary",
      basename(join(directory, "logs/app")),
    ])
  },
)

test.runIf(process.platform === "linux")(
  "a file whose compressed form does not read back stays",
  async () => {
    const directory = temporaryDirectory()
    const errors: unknown[] = []
    await using logs = new LogManager({
      directory,
      rotation: { maxSize: 1 },
      logger: { error: (_, error) => errors.push(error) },
    })
    const { prototype } = await synced()
    vi.mocked(prototype.sync).mockImplementation(async function (this: FileHandle) {
      const path = readlinkSync(`/proc/self/fd/${this.fd}`)
      if (path.endsWith(".tmp")) writeFileSync(path, gzipSync("something else"))
    })
    await logs.append("app", { n: 1 })
    await logs.close()
    expect(errors).toMatchObject([{ code: "ERR_PERSIST_CORRUPT" }])
    expect(readdirSync(join(directory, "logs/app"))).toEqual([
      expect.stringMatching(/sealed\.ndjson$/),
    ])
  },
)

test("a line of which half was written when the disk was full does not swallow the next", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  await logs.append("app", { n: 1 })
  const { prototype } = await synced()
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" })
  const write = prototype.write as (this: FileHandle, ...call: unknown[]) => unknown
  vi.spyOn(prototype, "write")
    .mockImplementationOnce(function (this: FileHandle, ...[bytes, offset]: unknown[]) {
      return write.call(this, bytes, offset, 3) as never
    })
    .mockRejectedValueOnce(full)
  await expect(logs.append("app", { n: 2 })).rejects.toMatchObject({ cause: full })
  await logs.append("app", { n: 3 })
  expect((await logs.read("app")).map(({ n }) => n)).toEqual([1, 3])
})

test("a line that the system writes in pieces is whole", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory(), rotation: { maxSize: 40 } })
  const { prototype } = await synced()
  const write = prototype.write as (this: FileHandle, bytes: Buffer, ...rest: number[]) => unknown
  vi.spyOn(prototype, "write").mockImplementation(function (this: FileHandle, ...call: unknown[]) {
    const [bytes, offset] = call as [Buffer, number]
    return write.call(this, bytes, offset, Math.min(3, bytes.length - offset)) as never
  })
  for (let n = 0; n < 3; n++) await logs.append("app", { n, text: "é".repeat(20) })
  expect((await logs.read("app")).map(({ n }) => n)).toEqual([0, 1, 2])
})

test.runIf(process.platform === "linux")("a file that somebody replaced is let go of", async () => {
  const directory = temporaryDirectory()
  await using logs = new LogManager({ directory })
  await using rival = new LogManager({ directory })
  for (let n = 0; n < 3; n++) {
    await logs.append("app", { n })
    await rival.saveLog("app", [])
  }
  await logs.append("app", { n: 3 })
  const open = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return []
    }
  })
  expect(open.filter((path) => path.startsWith(directory))).toHaveLength(1)
})
