import type { StageFileOptions } from "@persist/atomic"
import type { FileContext } from "./context.ts"

type StagingContext = Pick<FileContext, "durability" | "fileSystem" | "staging" | "mounts">

/** How new content for the file at `path`, absolute, is staged. */
export function stageOptions(context: StagingContext, path: string): StageFileOptions {
  const { durability, fileSystem, staging, mounts } = context
  const options = { durability, fileSystem }
  return mounts.isElsewhere(path) ? options : { ...options, temporaryFolder: staging }
}
