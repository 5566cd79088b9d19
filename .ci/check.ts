import { availableParallelism } from "node:os"
import { reviewedApi } from "./check/api.ts"
import { arrows } from "./check/arrows.ts"
import { documentation } from "./check/documentation.ts"
import { type GateResult, inParallel, runGate } from "./check/gate.ts"
import { worksAlone, worksAloneWithPnpm } from "./check/installed/alone.ts"
import { FootprintTable } from "./check/installed/footprint.ts"
import { thirdPartyConformance } from "./check/installed/third-party.ts"
import { publishable, resolvable } from "./check/packed/lint.ts"
import { packAll } from "./check/packed/pack.ts"
import { LocalRegistry } from "./check/packed/registry.ts"
import { release } from "./check/release.ts"
import { site } from "./check/site.ts"
import { installOutside, lint, manifests, types, unused } from "./check/tools.ts"

// pnpm check [--record]: one line for each thing that must hold, the reasons below a line that does
// not. `--record` takes what packages cost and export now as what was agreed on.
const record = process.argv.includes("--record")
const packed = await packAll()
await installOutside()
const registry = await LocalRegistry.open(packed.packages)
const footprint = new FootprintTable({ record })
const gates = [
  types,
  lint,
  arrows,
  unused,
  reviewedApi({ record }),
  manifests,
  publishable(packed.packages),
  resolvable(packed.packages),
  documentation(registry.url),
  site,
  release,
  thirdPartyConformance(registry.url),
  ...packed.packages.map((one) => worksAlone(one, registry.url, footprint)),
  ...packed.packages.map((one) => worksAloneWithPnpm(one, registry.url)),
]
const results = await inParallel(gates, availableParallelism(), async (gate) => {
  const result = await runGate(gate)
  print(result)
  return result
})
await registry[Symbol.asyncDispose]()
await packed.remove()
console.log(`\n${footprint}`)
if (record) footprint.save()
const broken = results.filter(({ holds }) => !holds)
console.log(`\n${results.length - broken.length} gates hold, ${broken.length} do not`)
process.exitCode = broken.length > 0 ? 1 : 0

function print({ holds, name, seconds, line, details }: GateResult): void {
  console.log(`${holds ? "✓" : "✗"} ${name} (${seconds.toFixed(1)} s)${line && `: ${line}`}`)
  if (details) console.log(details.trimEnd().replaceAll(/^/gm, "    "))
}
