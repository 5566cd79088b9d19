import { join } from "node:path"
import { type FileSystem, nodeFileSystem } from "@persist/atomic"
import type { Durability, Logger } from "@persist/core"
import { History } from "../history/history.ts"
import { internalFolder } from "../keys/key-path.ts"
import type { Layout } from "../keys/layout.ts"
import type { LongKeys } from "../keys/long-keys.ts"
import { CommitLocks } from "./commit-locks.ts"
import { StagingGroups } from "./staging-group.ts"

/** What the parts of one storage share. */
export interface FileContext {
  readonly layout: Layout
  readonly longKeys: LongKeys
  readonly history: History
  readonly locks: CommitLocks
  readonly groups: StagingGroups
  readonly durability: Durability
  /** Where temporary files lie; absolute. */
  readonly staging: string
  readonly fileSystem: FileSystem
  /** Whether the file system is known to keep times to the microsecond. */
  readonly times: { areKept: boolean }
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly logger: Logger | undefined
}

/** What a context cannot make itself. */
export interface ContextParts {
  readonly layout: Layout
  readonly longKeys: LongKeys
  readonly durability: Durability
  readonly fileSystem: FileSystem | undefined
  readonly clock: () => number
  readonly logger: Logger | undefined
}

export function fileContext(parts: ContextParts): FileContext {
  const { layout, fileSystem = nodeFileSystem } = parts
  return {
    ...parts,
    fileSystem,
    times: { areKept: false },
    history: new History(layout),
    groups: new StagingGroups(),
    locks: new CommitLocks(layout.root, fileSystem),
    staging: join(layout.root, internalFolder, "staging"),
  }
}
