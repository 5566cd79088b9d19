import { mkdirSync, writeFileSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { createStorage } from "unstorage"
import fsDriver from "unstorage/drivers/fs"
import { FileStorage } from "../../packages/file/dist/index.js"
import { type Comparison, compare } from "../measure.ts"

/** Reading one value back. */
export async function compareLoad(
  root: string,
  label: string,
  value: unknown,
): Promise<Comparison> {
  const storage = new FileStorage({ directory: join(root, "load") })
  const { path } = await storage.save("value", value)
  const un = createStorage({ driver: fsDriver({ base: join(root, "load-unstorage") }) })
  await un.setItem("value", value as never)
  const times = JSON.stringify(value).length > 100_000 ? 5 : 100
  const many = (work: () => Promise<unknown>) => async () => {
    for (let index = 0; index < times; index++) await work()
  }
  const isLarge = times === 5
  return compare(
    `load, ${label}`,
    { name: "@persist/file", run: many(() => storage.load("value")) },
    [
      {
        name: "unstorage fs",
        ...(isLarge ? {} : { target: 0.5 }),
        run: many(() => un.getItem("value")),
      },
      {
        name: "readFile + JSON.parse",
        target: 1.3,
        run: many(async () => JSON.parse(await readFile(path!, "utf8"))),
      },
    ],
    { operations: times },
  )
}

/** Naming 100,000 keys in 100 folders. */
export async function compareList(root: string): Promise<Comparison> {
  const directory = join(root, "list")
  for (let folder = 0; folder < 100; folder++) {
    mkdirSync(join(directory, `folder${folder}`), { recursive: true })
    for (let file = 0; file < 1000; file++) {
      writeFileSync(join(directory, `folder${folder}`, `key${file}.json`), "1")
    }
  }
  const storage = new FileStorage({ directory })
  return compare(
    "list of 100,000 keys",
    { name: "@persist/file", run: () => storage.list() },
    [
      {
        name: "readdir, recursive",
        lacks: "names of files as they come, unsorted",
        target: 1.5,
        run: () => readdir(directory, { recursive: true }),
      },
    ],
    { rounds: 7, warmup: 1, operations: 1 },
  )
}
