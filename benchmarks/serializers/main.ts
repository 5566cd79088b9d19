import { join } from "node:path"
import { parseArgs } from "node:util"
import { OwnProcesses } from "../own-processes.ts"
import { report } from "../report.ts"
import { encryptionComparison } from "./encryption.ts"
import { graphComparisons } from "./graphs.ts"
import { plainComparisons } from "./plain.ts"

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } })
const seed = Number(values.seed)
const processes = new OwnProcesses(join(import.meta.dirname, "worker.ts"), seed)
const comparisons = [
  ...(await graphComparisons(processes, seed)),
  ...(await plainComparisons(seed)),
  await encryptionComparison(processes),
]
processes.close()

report(
  {
    area: "serializers",
    peers: ["msgpackr", "devalue", "superjson"],
    payload:
      "5,000 records with dates, maps, sets and shared owners; 12 MB of typed arrays; 1 MB of plain JSON; 64 MB of bytes",
    seed,
  },
  comparisons,
)
