import type { LogFolder } from "./log-folder.ts"
import { isOlderWriterGone, isOlderWriterName } from "./older-writer.ts"
import type { Segment } from "./segment-name.ts"

// Who only reads logs, or has none, does not need to know who it is.
const makers = () => import("@persist/atomic/makers")

/** This process as a writer of segments. */
export async function ownWriter(): Promise<string> {
  return (await makers()).makerName()
}

/** Tells of an open segment whether its writer lives; `"unknown"`: it cannot be seen from here. */
export async function livenessOfWriter(
  folder: LogFolder,
  { file, writer = "" }: Segment,
): Promise<"alive" | "dead" | "unknown"> {
  const path = folder.at(file)
  if (!isOlderWriterName(writer)) return (await makers()).livenessOfMaker(writer, path)
  // An older program does not notice that its file was sealed, so one that cannot be seen counts as alive.
  return (await isOlderWriterGone(writer, path)) ? "dead" : "alive"
}
