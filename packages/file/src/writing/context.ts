import { join } from "node:path"
import { type FileSystem, nodeFileSystem, type StageFileOptions } from "@persist/atomic"
import type { Durability, FormatRegistry, Logger } from "@persist/core"
import { longestTimer, toMilliseconds } from "@persist/core/options"
import { History } from "../history/history.ts"
import { internalFolder } from "../keys/key-path.ts"
import { Layout } from "../keys/layout.ts"
import { LongKeys } from "../keys/long-keys.ts"
import { sweepFolder } from "../maintenance/sweep.ts"
import type { FileStorageOptions } from "../options.ts"
import { assertLinkStaysInside } from "../reading/containment.ts"
import { bytesSerializer } from "../streams/bytes-serializer.ts"
import { WatchHub } from "../watching/watch-hub.ts"
import { AskingServer } from "./asking-server.ts"
import { CommitLocks } from "./commit-locks.ts"
import { FenceMarks } from "./fence-marks.ts"
import { Mounts } from "./mounts.ts"
import { SpentFiles } from "./spent-files.ts"
import { stageOptions } from "./stage-options.ts"
import { StagingGroups } from "./staging-group.ts"

/** What the parts of one storage share. */
export interface FileContext {
  readonly layout: Layout
  readonly longKeys: LongKeys
  readonly history: History
  readonly locks: CommitLocks
  readonly groups: StagingGroups
  readonly fences: FenceMarks
  readonly server: AskingServer
  readonly watches: WatchHub
  readonly durability: Durability
  /** Where temporary files lie, unless the target is on another file system; absolute. */
  readonly staging: string
  readonly mounts: Mounts
  /** @throws `ERR_PERSIST_INVALID_KEY` when the link leads out of the root. */
  readonly followLink: (link: string) => void
  readonly fileSystem: FileSystem
  /** How content for a path on the root's own file system is staged; frozen, so that it is checked once. */
  readonly stagingHere: StageFileOptions
  /** Whether a value of this format is taken as it is, so that nothing can be said of its bytes. */
  readonly isOpaque: (format: string) => boolean
  readonly spent: SpentFiles
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly logger: Logger | undefined
}

/** What the base of a storage knows. */
export interface BaseParts {
  readonly clock: () => number
  readonly logger: Logger | undefined
  readonly formats: FormatRegistry
}

/** Makes what the storage at `root` shares; nothing on the disk is touched. */
export function fileContext(
  root: string,
  options: FileStorageOptions,
  { clock, logger, formats }: BaseParts,
): FileContext {
  const { durability = "full", fileSystem = nodeFileSystem, polling } = options
  const mounts = new Mounts(root, (folder) => sweepFolder(folder, fileSystem, logger))
  const staging = join(root, internalFolder, "staging")
  const followLink = (link: string) => void assertLinkStaysInside(root, link)
  const parts = { durability, fileSystem, staging, mounts, followLink }
  const stagingOf = (path: string) => stageOptions(parts, path)
  const longKeys = new LongKeys(root, stagingOf)
  const layout = new Layout(root, formats, longKeys)
  const server = new AskingServer(layout, fileSystem)
  const pollingMilliseconds =
    polling === undefined ? undefined : Math.min(toMilliseconds(polling, "polling"), longestTimer)
  return {
    layout,
    longKeys,
    durability,
    fileSystem,
    clock,
    logger,
    isOpaque: (format) => formats.reader(format, undefined, "") === bytesSerializer,
    spent: new SpentFiles(fileSystem),
    history: new History(layout),
    groups: new StagingGroups(),
    locks: new CommitLocks(root, fileSystem),
    watches: new WatchHub(layout, pollingMilliseconds),
    mounts,
    followLink,
    staging,
    stagingHere: Object.freeze({ durability, fileSystem, temporaryFolder: staging, followLink }),
    server,
    fences: new FenceMarks(layout, stagingOf, server),
  }
}
