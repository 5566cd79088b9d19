import fs, { readdirSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { basename, join } from "node:path"
import { gzipSync } from "node:zlib"
import { expect, onTestFinished, test, vi } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** Which files and folders are synced from now on, by name, as the calls come. */
function synced(): string[] {
  const names: string[] = []
  onTestFinished(() => void vi.restoreAllMocks())
  for (const call of ["fsync", "fdatasync", "fsyncSync"] as const) {
    const real = fs[call]
    vi.spyOn(fs, call).mockImplementation((descriptor: number, ...rest: unknown[]) => {
      names.push(basename(fs.readlinkSync(`/proc/self/fd/${descriptor}`)))
      return Reflect.apply(real, fs, [descriptor, ...rest])
    })
  }
  return names
}

/** What the handles of files can do, to be changed until the test ends. */
async function handles(): Promise<FileHandle> {
  const handle = await open(temporaryDirectory())
  onTestFinished(() => void vi.restoreAllMocks())
  await handle.close()
  return Object.getPrototypeOf(handle)
}

test.runIf(process.platform === "linux").each([
  ["full", ["app", "logs", "new", "directory", "segment", "segment"]],
  ["file", ["segment", "segment"]],
  ["none", []],
] as const)("an append with durability %j syncs what it says", async (durability, expected) => {
  const parent = temporaryDirectory()
  await using logs = new LogManager({ directory: join(parent, "new"), durability })
  const names = synced()
  await logs.append("app", { n: 1 })
  await logs.append("app", { n: 2 })
  const told = names.map((name) =>
    name.replace(/^.*\.open\.ndjson$/, "segment").replace(basename(parent), "directory"),
  )
  expect(told).toEqual(expected)
})

test("an append that could not be synced is told, and the next one goes on", async () => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  await logs.append("app", { n: 1 })
  const failure = Object.assign(new Error("no disk"), { code: "EIO" })
  onTestFinished(() => void vi.restoreAllMocks())
  vi.spyOn(fs, "fdatasync").mockImplementationOnce((_, done) => done(failure))
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
    const names = synced()
    await logs.append("app", { n: 1 })
    await logs.close()
    expect(names.map((name) => name.replace(/^.*\.tmp$/, "temporary"))).toEqual([
      "temporary",
      "app",
      "logs",
      basename(directory),
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
    onTestFinished(() => void vi.restoreAllMocks())
    const real = fs.fsync
    vi.spyOn(fs, "fsync").mockImplementation((descriptor, done) => {
      const path = fs.readlinkSync(`/proc/self/fd/${descriptor}`)
      if (path.endsWith(".tmp")) fs.writeFileSync(path, gzipSync("something else"))
      real(descriptor, done)
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
  const prototype = await handles()
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
  const prototype = await handles()
  const write = prototype.write as (this: FileHandle, bytes: Buffer, ...rest: number[]) => unknown
  vi.spyOn(prototype, "write").mockImplementation(function (this: FileHandle, ...call: unknown[]) {
    const [bytes, offset] = call as [Buffer, number]
    return write.call(this, bytes, offset, Math.min(3, bytes.length - offset)) as never
  })
  for (let n = 0; n < 3; n++) await logs.append("app", { n, text: "é".repeat(20) })
  expect((await logs.read("app")).map(({ n }) => n)).toEqual([0, 1, 2])
})

/** Which files below `directory` this process has open. */
function openFiles(directory: string): string[] {
  const paths = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return []
    }
  })
  return paths.filter((path) => path.startsWith(directory))
}

test.runIf(process.platform === "linux")("a file that somebody replaced is let go of", async () => {
  const directory = temporaryDirectory()
  await using logs = new LogManager({ directory })
  await using rival = new LogManager({ directory })
  for (let n = 0; n < 3; n++) {
    await logs.append("app", { n })
    await rival.saveLog("app", [])
  }
  await logs.append("app", { n: 3 })
  expect(openFiles(directory)).toHaveLength(1)
})

test.runIf(process.platform === "linux")("who stops reading lets go of what it read", async () => {
  const directory = temporaryDirectory()
  const logs = new LogManager({ directory, durability: "none" })
  for (let n = 0; n < 4; n++) await logs.append("app", { n, text: "x".repeat(500_000) })
  await logs.close()
  await using reader = new LogManager({ directory })
  for await (const { n } of reader.entries("app")) {
    expect(n).toBe(0)
    expect(openFiles(directory)).toHaveLength(1)
    break
  }
  await vi.waitFor(() => expect(openFiles(directory)).toEqual([]), { timeout: 10_000 })
})
