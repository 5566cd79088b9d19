import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Change } from "@persist/core"
import { expect } from "vitest"
import { FileStorage, type FileStorageOptions } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** A storage, what its watch told so far, and a way to wait for more. */
export function watched(options: FileStorageOptions & { readonly subfolder?: string } = {}) {
  const { subfolder, ...rest } = options
  const directory = options.directory ?? join(temporaryFolder(), "data")
  const storage = new FileStorage({ durability: "none", ...rest, directory })
  const seen: Change[] = []
  const start = async () => {
    const changes = storage.watch(subfolder === undefined ? {} : { subfolder })
    void (async () => {
      for await (const change of changes) seen.push(change)
    })()
  }
  /** Waits for a change of `key`, made last; everything before it has been told by then. */
  const until = async (key: string, type: Change["type"] = "save") => {
    await expect
      .poll(() => seen.some((change) => change.key === key && change.type === type), {
        timeout: 20_000,
      })
      .toBe(true)
  }
  const told = () => seen.map(({ type, key }) => `${type} ${key}`)
  return { storage, start, until, told, seen }
}

/** Writes a file by hand. */
export function put(storage: FileStorage, name: string, text: string): void {
  const path = join(storage.directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
