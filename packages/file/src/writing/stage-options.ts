import type { StageFileOptions } from "@persist/atomic"
import type { FileContext } from "./context.ts"

type StagingContext = Pick<
  FileContext,
  "durability" | "fileSystem" | "staging" | "mounts" | "followLink"
>

/** How new content for the file at `path`, absolute, is staged. */
export function stageOptions(
  { durability, fileSystem, staging, mounts, followLink }: StagingContext,
  path: string,
  signal?: AbortSignal | undefined,
): StageFileOptions {
  const temporaryFolder = mounts.isElsewhere(path) ? undefined : staging
  return { durability, fileSystem, temporaryFolder, followLink, signal }
}
