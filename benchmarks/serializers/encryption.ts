import type { Comparison } from "../measure.ts"
import type { OwnProcesses } from "../own-processes.ts"

/** 64 MB encrypted in chunks, against one call for all of it. */
export function encryptionComparison(processes: OwnProcesses): Promise<Comparison> {
  return processes.compare(
    "encrypted: 64 MB, encode",
    "encryption",
    [
      { name: "@persist encrypted" },
      {
        name: "AES-256-GCM in one call",
        target: 0.5,
        lacks: "chunks, key wrapping, commitment",
      },
    ],
    { rounds: 31, warmup: 5 },
  )
}
