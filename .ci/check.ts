import { availableParallelism } from "node:os"
import { reviewedApi } from "./check/api.ts"
import { arrows } from "./check/arrows.ts"
import { documentation } from "./check/documentation.ts"
import { type Gate, type GateResult, inParallel, runGate } from "./check/gate.ts"
import { worksAlone, worksAloneWithPnpm } from "./check/installed/alone.ts"
import { examplesAlone } from "./check/installed/examples.ts"
import { FootprintTable } from "./check/installed/footprint.ts"
import { thirdPartyConformance } from "./check/installed/third-party.ts"
import { publishable, resolvable } from "./check/packed/lint.ts"
import { packAll } from "./check/packed/pack.ts"
import { traceable } from "./check/packed/source-maps.ts"
import { Verdaccio } from "./check/release/verdaccio.ts"
import { Rehearsal } from "./check/release.ts"
import { site } from "./check/site.ts"
import { installOutside, lint, manifests, types, unused } from "./check/tools.ts"
import runFolder from "./run-folder.ts"

// pnpm check [--record]: one line for each thing that must hold, the reasons below a line that does
// not. `--record` takes what packages cost and export now as what was agreed on.
const record = process.argv.includes("--record")
process.once("exit", runFolder())
const packed = await packAll()
await installOutside()
await using registry = await Verdaccio.start()
await using rehearsal = new Rehearsal(registry)
const footprint = new FootprintTable({ record })
const results = [
  // What users would install is there before anything installs it.
  ...(await runAll([rehearsal.first])),
  ...(await runAll([
    types,
    lint,
    arrows,
    unused,
    reviewedApi({ record }),
    manifests,
    publishable(packed.packages),
    resolvable(packed.packages),
    traceable(packed.packages),
    documentation(registry.url),
    site,
    thirdPartyConformance(registry.url),
    examplesAlone(registry.url),
    ...packed.packages.map((one) => worksAlone(one, registry.url, footprint)),
    ...packed.packages.map((one) => worksAloneWithPnpm(one, registry.url)),
  ])),
  ...(await runAll([rehearsal.patch])),
]
await packed.remove()
console.log(`\n${footprint}`)
if (record) footprint.save()
const broken = results.filter(({ holds }) => !holds)
console.log(`\n${results.length - broken.length} gates hold, ${broken.length} do not`)
process.exitCode = broken.length > 0 ? 1 : 0

function runAll(gates: readonly Gate[]): Promise<GateResult[]> {
  return inParallel(gates, availableParallelism(), async (gate) => {
    const result = await runGate(gate)
    print(result)
    return result
  })
}

function print({ holds, name, seconds, line, details }: GateResult): void {
  console.log(`${holds ? "✓" : "✗"} ${name} (${seconds.toFixed(1)} s)${line && `: ${line}`}`)
  if (details) console.log(details.trimEnd().replaceAll(/^/gm, "    "))
}
