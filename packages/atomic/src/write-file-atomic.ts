import { randomBytes } from "node:crypto"
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from "node:fs"
import { mkdir, open, rename, unlink } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** What must have survived when a write's promise resolves. */
export type Durability = "full" | "file" | "none"

/** Options of `writeFileAtomic` and its synchronous twin. */
export interface WriteFileAtomicOptions {
  /** `"full"`: file and folder are on the disk; `"file"`: the file; `"none"`: the kernel has it. @default "full" */
  readonly durability?: Durability
  /** Stops before the commit. */
  readonly signal?: AbortSignal
}

/** Replaces the file at `path` as one step: a reader sees the old content or the new, never a mix. */
export async function writeFileAtomic(
  path: string | URL,
  data: Uint8Array | string | AsyncIterable<Uint8Array | string>,
  options: WriteFileAtomicOptions = {},
): Promise<void> {
  const target = typeof path === "string" ? path : fileURLToPath(path)
  const folder = dirname(target)
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `.${randomBytes(8).toString("hex")}.tmp`)
  const handle = await open(temporary, "wx")
  try {
    await handle.writeFile(data)
    if (options.durability !== "none") await handle.sync()
  } catch (error) {
    await handle.close()
    await unlink(temporary)
    throw error
  }
  await handle.close()
  await rename(temporary, target)
  if ((options.durability ?? "full") !== "full") return
  const parent = await open(folder, "r")
  await parent.sync().finally(() => parent.close())
}

/** `writeFileAtomic` for programs that cannot wait. */
export function writeFileAtomicSync(
  path: string | URL,
  data: Uint8Array | string,
  options: WriteFileAtomicOptions = {},
): void {
  const target = typeof path === "string" ? path : fileURLToPath(path)
  const temporary = join(dirname(target), `.${randomBytes(8).toString("hex")}.tmp`)
  const descriptor = openSync(temporary, "wx")
  try {
    writeFileSync(descriptor, data)
    if (options.durability !== "none") fsyncSync(descriptor)
  } catch (error) {
    unlinkSync(temporary)
    throw error
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, target)
}
