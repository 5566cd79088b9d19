import { documentation } from "./check/documentation.ts"
import { runGate } from "./check/gate.ts"
import { packAll } from "./check/packed/pack.ts"
import { LocalRegistry } from "./check/packed/registry.ts"

const packed = await packAll()
const registry = await LocalRegistry.open(packed.packages)
console.log(
  await runGate(documentation(registry.url)).then(
    (r) => `${r.holds} ${r.seconds} ${r.line}\n${r.details}`,
  ),
)
await registry[Symbol.asyncDispose]()
await packed.remove()
