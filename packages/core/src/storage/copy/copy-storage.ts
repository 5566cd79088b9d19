import { throwIfAborted } from "@persist/atomic/options"
import { wholeKey } from "../key.ts"
import type { Storage } from "../storage.ts"
import { described, guarded } from "../storage-error.ts"
import { partsOf, type StorageParts } from "../storage-parts.ts"
import { KeyCopy, type KeyCopyResult } from "./key-copy.ts"
import { type CopyOptions, type CopyResult, checkCopyOptions } from "./options.ts"

/**
 * Copies every value from one storage to another, of whatever kind, with its format, expiry, fencing
 * mark, versions and backups under their ids. Values of the same key in the target are replaced; its other keys stay.
 * Interrupted and called again, it goes on where it was, and ends with equal contents. Times of saves
 * are those of the copy. What is written to the source meanwhile may be missing: call it again.
 *
 * The history and the marks of deleted keys are not copied, since nothing lists them.
 *
 * @throws `ERR_PERSIST_UNSUPPORTED` when the target cannot hold the history, an expiry or a fencing mark,
 * `ERR_PERSIST_CORRUPT` for damage in the source, `ERR_PERSIST_FORMAT` for a format without serializer,
 * `ERR_PERSIST_CONFLICT` when the target does not read back the same, and what `list` and `save` throw.
 */
export async function copyStorage(
  from: Storage,
  to: Storage,
  options: CopyOptions = {},
): Promise<CopyResult> {
  checkCopyOptions(options)
  const [source, target] = [partsOf(from), partsOf(to)]
  const { subfolder, pattern, signal, verify = true, concurrency = 4, onProgress } = options
  const { fences = true } = options
  const { history = source.operations.supports("history") } = options
  if (history) {
    for (const { operations } of [source, target]) operations.require("history", "copyStorage")
  }
  for (const serializer of source.formats.serializers) target.formats.add(serializer)

  const keys = await from.list({ subfolder, pattern, signal })
  const waiting = keys.values()
  const result = { copied: 0, unchanged: 0, historyCopied: 0, bytes: 0 }
  const copyOne = async (relative: string) => {
    const key = wholeKey(relative, subfolder)
    throwIfAborted(signal, described("copy", key))
    const one = new KeyCopy(source, target, key, { history, fences, verify, signal })
    const { isUnchanged, historyCopied, bytes } = await inBoth(source, target, key, signal, one)
    result[isUnchanged ? "unchanged" : "copied"]++
    result.historyCopied += historyCopied
    result.bytes += bytes
    const done = result.copied + result.unchanged
    onProgress?.({ key, copied: !isUnchanged, done, total: keys.length })
  }
  const failures: unknown[] = []
  const work = async () => {
    // After a failure the others only finish the key they are at; then nothing is written any more.
    for (const relative of waiting) {
      if (failures.length > 0) return
      await copyOne(relative).catch((error) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, keys.length) }, work))
  if (failures.length > 0) throw failures[0]
  return result
}

/** Runs the copy of one key as an operation of both storages, so that neither is released under it. */
async function inBoth(
  source: StorageParts,
  target: StorageParts,
  key: string,
  signal: AbortSignal | undefined,
  one: KeyCopy,
): Promise<KeyCopyResult> {
  source.operations.lifecycle.enter("copyStorage")
  try {
    target.operations.lifecycle.enter("copyStorage")
    try {
      return await guarded("copy", key, signal, () => one.run())
    } finally {
      target.operations.lifecycle.leave()
    }
  } finally {
    source.operations.lifecycle.leave()
  }
}
