import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { writeFile as atomically } from "atomically"
import Conf from "conf"
import { JSONFilePreset } from "lowdb/node"
import nodePersist from "node-persist"
import { createStorage } from "unstorage"
import fsDriver from "unstorage/drivers/fs"
import writeFileAtomicPeer from "write-file-atomic"
import { writeFileAtomic } from "../../packages/atomic/dist/index.js"
import { FileStorage } from "../../packages/file/dist/index.js"
import type { Comparison } from "../measure.ts"
import { compareOnSettledDisk } from "../settle-disk.ts"

const noFolderSync = "no folder sync"
const notDurable = "no sync at all"

/** Bytes that are ready, one write after the other. */
export async function compareWriteFile(
  root: string,
  label: string,
  value: unknown,
): Promise<Comparison> {
  const data = JSON.stringify(value, undefined, 2)
  const many = repeat(data.length > 100_000 ? 3 : 20)
  return compareOnSettledDisk(
    `writeFileAtomic, ${label}, durable, sequential`,
    { name: "@persist/atomic", run: many(() => writeFileAtomic(join(root, "ours.json"), data)) },
    [
      {
        name: "write-file-atomic",
        lacks: noFolderSync,
        target: 0.75,
        run: many(() => writeFileAtomicPeer(join(root, "wfa.json"), data)),
      },
      {
        name: "atomically",
        lacks: noFolderSync,
        target: 1,
        run: many(() => atomically(join(root, "atomically.json"), data)),
      },
      {
        name: "fs.writeFile",
        lacks: "neither atomic nor synced",
        run: many(() => writeFile(join(root, "fs.json"), data)),
      },
    ],
    { operations: many.times, rounds: 31 },
  )
}

/** A value is encoded and saved, one save after the other. */
export async function compareSave(
  root: string,
  label: string,
  value: Record<string, unknown>,
): Promise<Comparison> {
  const storage = new FileStorage({ directory: join(root, "ours") })
  const conf = new Conf<Record<string, unknown>>({ cwd: root, configName: "conf" })
  const low = await JSONFilePreset<unknown>(join(root, "lowdb.json"), {})
  const un = createStorage({ driver: fsDriver({ base: join(root, "unstorage") }) })
  const node = nodePersist.create({ dir: join(root, "node-persist") })
  await node.init()
  const many = repeat(JSON.stringify(value).length > 100_000 ? 2 : 20)
  return compareOnSettledDisk(
    `FileStorage.save, ${label}, durable, sequential`,
    { name: "@persist/file", run: many(() => storage.save("states/game", value)) },
    [
      {
        name: "write-file-atomic + JSON.stringify",
        lacks: `${noFolderSync}, no lock`,
        target: 0.9,
        run: many(() =>
          writeFileAtomicPeer(join(root, "wfa.json"), JSON.stringify(value, undefined, 2)),
        ),
      },
      {
        name: "conf",
        lacks: `${noFolderSync}, no lock`,
        run: many(() => conf.set("value", value)),
      },
      {
        name: "lowdb",
        lacks: notDurable,
        run: many(async () => {
          low.data = value
          await low.write()
        }),
      },
      {
        name: "unstorage fs",
        lacks: `${notDurable}, not atomic`,
        run: many(() => un.setItem("game", value as never)),
      },
      {
        name: "node-persist",
        lacks: `${notDurable}, not atomic`,
        run: many(() => node.setItem("game", value)),
      },
    ],
    // A program that saves megabytes has done so before: our encoder takes over from the engine after four.
    { operations: many.times, warmup: 10, rounds: 31 },
  )
}

/** Nothing is synced: what the kernel takes is enough. */
export async function compareUnsynced(
  root: string,
  label: string,
  value: unknown,
): Promise<Comparison> {
  const data = JSON.stringify(value, undefined, 2)
  const storage = new FileStorage({ directory: join(root, "unsynced"), durability: "none" })
  const many = repeat(30)
  const path = join(root, "none.json")
  return compareOnSettledDisk(
    `durability "none", ${label}, sequential`,
    {
      name: "@persist/atomic",
      run: many(() => writeFileAtomic(path, data, { durability: "none" })),
    },
    [
      {
        name: "atomically, fsync: false",
        target: 1,
        run: many(() => atomically(join(root, "atomically-none.json"), data, { fsync: false })),
      },
      {
        name: "write-file-atomic, fsync: false",
        run: many(() => writeFileAtomicPeer(join(root, "wfa-none.json"), data, { fsync: false })),
      },
      {
        name: "FileStorage.save with encoding, for comparison",
        run: many(() => storage.save("value", value)),
      },
    ],
    { operations: many.times },
  )
}

function repeat(times: number) {
  const make = (work: () => unknown) => async () => {
    for (let index = 0; index < times; index++) await work()
  }
  return Object.assign(make, { times })
}
