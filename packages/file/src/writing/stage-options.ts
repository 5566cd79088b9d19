import type { StageFileOptions } from "@persist/atomic"
import type { FileContext } from "./context.ts"

/** How new content for the file at `path`, absolute, is staged. */
export function stageOptions(context: FileContext, path: string): StageFileOptions {
  const { durability, fileSystem, staging, mounts } = context
  const options = { durability, fileSystem }
  return mounts.isElsewhere(path) ? options : { ...options, temporaryFolder: staging }
}
