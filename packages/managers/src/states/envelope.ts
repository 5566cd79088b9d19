import { isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"

/** What a state's file holds beside the user's data. */
export interface StateMetadata {
  /** ISO 8601, as written; the Python original wrote local time without a zone. */
  readonly savedAt: string
  readonly name: string
  /** Schema version of the data. */
  readonly version?: number | undefined
  /** Id of the checkpoint that this save recorded. */
  readonly checkpoint?: string | undefined
  /** Label of that checkpoint. */
  readonly label?: string | undefined
}

/** Data and metadata, taken apart. */
export interface OpenedEnvelope {
  readonly data: unknown
  /** Undefined for a file that no StateManager wrote. */
  readonly metadata: StateMetadata | undefined
}

const fields = {
  savedAt: "_saved_at",
  name: "_name",
  version: "_version",
  checkpoint: "_checkpoint",
  label: "_label",
} as const

const valueField = "_value"
const reserved: ReadonlySet<string> = new Set([...Object.values(fields), valueField])
const reservedByOriginal: ReadonlySet<string> = new Set([fields.savedAt, fields.name])
/** The Python original wrote local time; a time of ours has a zone. */
const originalTime = /^\d{4}-\d\d-\d\dT[\d:.]+$/

/**
 * Puts metadata beside the data, in the original's form: `{ ...data, _saved_at, _name }`. Data that
 * has no place for it (an array, a scalar, a class instance) or that uses one of the reserved names
 * itself goes whole under `_value`, so that nothing of it is ever overwritten or lost.
 */
export function sealEnvelope(data: unknown, metadata: StateMetadata): PlainObject {
  const envelope: PlainObject = hasRoom(data) ? { ...data } : { [valueField]: data }
  for (const [from, to] of Object.entries(fields)) {
    const value = metadata[from as keyof StateMetadata]
    if (value !== undefined) envelope[to] = value
  }
  return envelope
}

/** Takes an envelope apart; what no StateManager wrote is all data. */
export function openEnvelope(stored: unknown): OpenedEnvelope {
  if (!isPlainObject(stored)) return { data: stored, metadata: undefined }
  const { [fields.savedAt]: savedAt, [fields.version]: version } = stored
  if (typeof savedAt !== "string") return { data: stored, metadata: undefined }
  const name = String(stored[fields.name] ?? "")
  const names = Object.keys(stored)
  if (originalTime.test(savedAt)) {
    const data = without(reservedByOriginal, stored, names)
    return { data, metadata: { savedAt, name } }
  }
  const metadata: StateMetadata = {
    savedAt,
    name,
    version: typeof version === "number" ? version : undefined,
    checkpoint: text(stored[fields.checkpoint]),
    label: text(stored[fields.label]),
  }
  if (valueField in stored && names.every((name) => reserved.has(name))) {
    return { data: stored[valueField], metadata }
  }
  return { data: without(reserved, stored, names), metadata }
}

function without(
  left: ReadonlySet<string>,
  stored: PlainObject,
  names: readonly string[],
): PlainObject {
  const data: PlainObject = {}
  for (const name of names) if (!left.has(name)) setOwn(data, name, stored[name])
  return data
}

function hasRoom(data: unknown): data is PlainObject {
  if (!isPlainObject(data) || typeof data.toJSON === "function") return false
  for (const name of reserved) if (Object.hasOwn(data, name)) return false
  return true
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}
