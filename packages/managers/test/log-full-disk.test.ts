import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { expect, test, vi } from "vitest"
import { LogManager } from "../src/index.ts"
import { compressSegment } from "../src/logs/compress-segment.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

vi.mock("../src/logs/compress-segment.ts", { spy: true })

/** A log of sealed files with one entry each, none of them compressed. */
async function sealedFiles(count: number) {
  const directory = temporaryDirectory()
  const logs = new LogManager({ directory, rotation: { maxSize: 1, compress: false } })
  for (let n = 0; n < count; n++) await logs.append("app", { n })
  await logs.close()
  const folder = join(directory, "logs/app")
  return { directory, folder, files: readdirSync(folder).sort() }
}

async function tidied(directory: string, rotation: object) {
  const errors: unknown[] = []
  const logger = { error: (_: string, error: unknown) => errors.push(error) }
  const logs = new LogManager({ directory, logger, rotation })
  await logs.append("app", { n: "last" })
  await logs.close()
  return errors
}

test("what is too old goes though the disk is too full to compress what stays", async () => {
  const { directory, folder, files } = await sealedFiles(4)
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" })
  vi.mocked(compressSegment).mockRejectedValueOnce(full)
  expect(await tidied(directory, { keepFiles: 1 })).toEqual([full])
  expect(readdirSync(folder).filter((file) => file.includes("sealed"))).toEqual([files[3]])
})

test("a file that cannot be compressed keeps none of the others from it", async () => {
  const { directory, folder, files } = await sealedFiles(3)
  const forbidden = Object.assign(new Error("not yours"), { code: "EACCES" })
  vi.mocked(compressSegment).mockRejectedValueOnce(forbidden)
  expect(await tidied(directory, {})).toEqual([forbidden])
  expect(readdirSync(folder).filter((file) => file.includes("sealed"))).toEqual([
    files[0],
    `${files[1]}.gz`,
    `${files[2]}.gz`,
  ])
})

test("what cannot be removed keeps nothing else from being removed and compressed", async () => {
  const { directory, folder, files } = await sealedFiles(4)
  rmSync(join(folder, files[0]!))
  mkdirSync(join(folder, files[0]!))
  const errors = await tidied(directory, { keepFiles: 1 })
  expect(errors).toMatchObject([{ code: "ERR_FS_EISDIR" }])
  expect(readdirSync(folder).filter((file) => file.includes("sealed"))).toEqual([
    files[0],
    `${files[3]}.gz`,
  ])
})

test("a file goes in both of its forms, where somebody was killed as one took the other's place", async () => {
  const { directory, folder, files } = await sealedFiles(3)
  writeFileSync(join(folder, `${files[0]}.gz`), gzipSync('{"n":0}\n'))
  expect(await tidied(directory, { keepFiles: 1 })).toEqual([])
  expect(readdirSync(folder).filter((file) => file.includes("sealed"))).toEqual([`${files[2]}.gz`])
})
