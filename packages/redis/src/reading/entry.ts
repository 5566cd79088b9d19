import type { Entry, StoredValue } from "@persist/core"
import { PersistError } from "@persist/core"
import { parseHead, type RecordHead, revisionOf, timeOf } from "../layout/record.ts"

/** What the head of a record says, as the contract puts it. */
export function entryOf(key: string, head: RecordHead): Entry {
  const entry = {
    key,
    size: head.size,
    revision: revisionOf(head.id, head.operation),
    savedAt: new Date(timeOf(head.id)),
    format: head.format,
  }
  if (head.expiresAt === 0 && head.fence === undefined) return entry
  return {
    ...entry,
    ...(head.expiresAt > 0 && { expiresAt: new Date(head.expiresAt) }),
    ...(head.fence !== undefined && { fence: head.fence }),
  }
}

/** Reads the head of a record. @throws `ERR_PERSIST_CORRUPT` */
export function headOf(key: string, record: Buffer): RecordHead {
  const head = parseHead(record)
  if (head !== undefined) return head
  throw new PersistError(
    "ERR_PERSIST_CORRUPT",
    `The record of "${key}" is none that @persist/redis has written: another program writes below the prefix, or it is damaged. It stays as it is; save the value anew.`,
    { key },
  )
}

/** The value in a record that holds its bytes. */
export function inlineValue(key: string, head: RecordHead, record: Buffer): StoredValue {
  return { bytes: record.subarray(head.length), entry: entryOf(key, head) }
}
