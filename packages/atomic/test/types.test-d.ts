import {
  type Lock,
  lock,
  type StagedFile,
  stageFile,
  type WrittenFile,
  withLock,
  writeFileAtomic,
  writeFileAtomicSync,
} from "../src/index.ts"

// Checked by the compiler, not run.
export async function types(path: string): Promise<void> {
  const written: WrittenFile = await writeFileAtomic(path, "text", { durability: "file" })
  written.ino satisfies bigint
  writeFileAtomicSync(new URL("file:///a"), new Float64Array(2)) satisfies WrittenFile
  await writeFileAtomic(path, ["a", new Uint8Array(1)])
  await writeFileAtomic(path, new ReadableStream<Uint8Array>())

  const length: number = await withLock(path, (held) => held.path.length)
  const text: string = await withLock(path, async () => "x", { timeout: "5s" })
  const held: Lock = await lock(path, { timeout: Number.POSITIVE_INFINITY })
  await writeFileAtomic(path, `${length}${text}`, { lock: held })
  const staged: StagedFile = await stageFile(path, "x")
  await staged.commit({ check: () => held.assertHeld() })

  // @ts-expect-error a number is no content
  await writeFileAtomic(path, 7)
  // @ts-expect-error a synchronous write takes no stream
  writeFileAtomicSync(path, new ReadableStream<Uint8Array>())
  // @ts-expect-error no such level
  await writeFileAtomic(path, "x", { durability: "half" })
  // @ts-expect-error no such option
  await writeFileAtomic(path, "x", { fsync: true })
  // @ts-expect-error a unit is missing
  await lock(path, { timeout: "5" })
  // @ts-expect-error what a lock told cannot be changed
  held.path = "x"
}
