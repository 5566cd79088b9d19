import type { Serializer } from "@persist/core"
import { kinds, valuesCheck } from "@persist/core/options"

/** Options of `FileStorage.loadStream`. */
export interface LoadStreamOptions {
  /** Folder of the key. @default none */
  readonly subfolder?: string | undefined
  /** Id of a version or backup instead of the current value. */
  readonly version?: string | undefined
  /** Ends the stream with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `FileStorage.saveStream`. */
export interface SaveStreamOptions {
  /** Folder of the key. @default none */
  readonly subfolder?: string | undefined
  /** The format that the bytes are in. @default bytes as they are (`.bin`) */
  readonly serializer?: Serializer | undefined
  /** Record an immutable version as well. @default false */
  readonly version?: boolean | undefined
  /** Keep the value that is replaced. @default false */
  readonly backup?: boolean | undefined
  /** Write only over this revision; `null`: only when there is no value. @default undefined: always */
  readonly ifRevision?: string | null
  /** Fencing token of the lease that this write is made under, as for `save`. @default none */
  readonly fence?: number | undefined
  /** Stops before the value is replaced. */
  readonly signal?: AbortSignal | undefined
}

const { anything, fence, flag, revision, serializer, signal, text } = kinds

export const checkLoadStream: (options: LoadStreamOptions) => void = valuesCheck<LoadStreamOptions>(
  "loadStream",
  { subfolder: anything, version: text, signal },
)

export const checkSaveStream: (options: SaveStreamOptions) => void = valuesCheck<SaveStreamOptions>(
  "saveStream",
  {
    subfolder: anything,
    serializer,
    version: flag,
    backup: flag,
    ifRevision: revision,
    fence,
    signal,
  },
)
