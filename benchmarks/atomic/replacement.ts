import { join } from "node:path"
import { writeFile as writeAtomically, writeFileSync as writeAtomicallySync } from "atomically"
import writeFileAtomicPeer from "write-file-atomic"
import { writeFileAtomic, writeFileAtomicSync } from "../../packages/atomic/dist/index.js"
import type { Comparison } from "../measure.ts"
import { compareOnSettledDisk } from "../settle-disk.ts"

const noFolder = "folder not synced"
const shortWrite = "a full disk tears the file"

/** Durable replacement of one file, one write after the other. Ours also syncs the folder. */
export function durableReplacement(
  folder: string,
  payload: Uint8Array,
  operations: number,
): Promise<Comparison> {
  const path = (name: string) => join(folder, `durable-${name}-${payload.length}`)
  const repeat = async (write: () => Promise<unknown>) => {
    for (let index = 0; index < operations; index++) await write()
  }
  return compareOnSettledDisk(
    `Durable replacement, ${describe(payload)}`,
    {
      name: "writeFileAtomic",
      run: () => repeat(() => writeFileAtomic(path("ours"), payload)),
    },
    [
      {
        name: "write-file-atomic",
        lacks: `${noFolder}; ${shortWrite}`,
        target: 0.75,
        run: () => repeat(() => writeFileAtomicPeer(path("wfa"), payload)),
      },
      {
        name: "atomically",
        lacks: `${noFolder}; ${shortWrite}`,
        target: 1,
        run: () => repeat(() => writeAtomically(path("atomically"), payload)),
      },
    ],
    { operations },
  )
}

/** The same on the calling thread. */
export function durableReplacementSync(
  folder: string,
  payload: Uint8Array,
  operations: number,
): Promise<Comparison> {
  const path = (name: string) => join(folder, `sync-${name}-${payload.length}`)
  const repeat = (write: () => unknown) => {
    for (let index = 0; index < operations; index++) write()
  }
  return compareOnSettledDisk(
    `Durable replacement, synchronous, ${describe(payload)}`,
    {
      name: "writeFileAtomicSync",
      run: () => repeat(() => writeFileAtomicSync(path("ours"), payload)),
    },
    [
      {
        name: "writeFileAtomicSync, durability file",
        lacks: noFolder,
        run: () => repeat(() => writeFileAtomicSync(path("file"), payload, { durability: "file" })),
      },
      {
        name: "write-file-atomic sync",
        lacks: `${noFolder}; ${shortWrite}`,
        run: () => repeat(() => writeFileAtomicPeer.sync(path("wfa"), payload)),
      },
      {
        name: "atomically sync",
        lacks: `${noFolder}; ${shortWrite}`,
        run: () => repeat(() => writeAtomicallySync(path("atomically"), payload)),
      },
    ],
    { operations },
  )
}

/** Replacement that only has to survive the process. */
export function plainReplacement(
  folder: string,
  payload: Uint8Array,
  operations: number,
): Promise<Comparison> {
  const path = (name: string) => join(folder, `plain-${name}-${payload.length}`)
  const repeat = async (write: () => Promise<unknown>) => {
    for (let index = 0; index < operations; index++) await write()
  }
  return compareOnSettledDisk(
    `Replacement without syncs, ${describe(payload)}`,
    {
      name: "writeFileAtomic, durability none",
      run: () => repeat(() => writeFileAtomic(path("ours"), payload, { durability: "none" })),
    },
    [
      {
        name: "write-file-atomic, fsync false",
        lacks: shortWrite,
        target: 1,
        run: () => repeat(() => writeFileAtomicPeer(path("wfa"), payload, { fsync: false })),
      },
      {
        name: "atomically, fsync false",
        lacks: shortWrite,
        target: 1,
        run: () => repeat(() => writeAtomically(path("atomically"), payload, { fsync: false })),
      },
    ],
    { operations },
  )
}

/** Many files of one folder at once. */
export function concurrentReplacement(
  folder: string,
  payload: Uint8Array,
  files: number,
): Promise<Comparison> {
  const all = async (name: string, write: (path: string) => Promise<unknown>) => {
    const paths = Array.from({ length: files }, (_, index) => join(folder, `many-${name}-${index}`))
    await Promise.all(paths.map(write))
  }
  return compareOnSettledDisk(
    `${files} durable replacements at once, ${describe(payload)} each`,
    {
      name: "writeFileAtomic",
      run: () => all("ours", (path) => writeFileAtomic(path, payload)),
    },
    [
      {
        name: "write-file-atomic",
        lacks: `${noFolder}; ${shortWrite}`,
        target: 0.75,
        run: () => all("wfa", (path) => writeFileAtomicPeer(path, payload)),
      },
      {
        name: "atomically",
        lacks: `${noFolder}; ${shortWrite}`,
        target: 1,
        run: () => all("atomically", (path) => writeAtomically(path, payload)),
      },
    ],
    { operations: files },
  )
}

function describe(payload: Uint8Array): string {
  const { length } = payload
  return length < 1_000_000 ? `${(length / 1000).toFixed(1)} kB` : `${(length / 1e6).toFixed(1)} MB`
}
