import { LogManager } from "../../src/index.ts"

// node --expose-gc forgotten-log.ts DIRECTORY: appends with managers that nobody closes, and lets them be collected.
const [directory] = process.argv.slice(2)

async function append(count: number): Promise<WeakRef<LogManager>> {
  const logs = new LogManager({ directory: directory!, durability: "none" })
  await logs.append("app", { message: `entry ${count}` })
  return new WeakRef(logs)
}

const forgotten: WeakRef<LogManager>[] = []
for (let count = 0; count < 3; count++) forgotten.push(await append(count))
for (let turn = 0; turn < 1000; turn++) {
  globalThis.gc?.()
  await new Promise(setImmediate)
  if (!forgotten.some((one) => one.deref())) break
  // What was looked at stays until the end of the turn.
  await new Promise(setImmediate)
}
for (let turn = 0; turn < 20; turn++) {
  globalThis.gc?.()
  await new Promise(setImmediate)
}
console.log(forgotten.some((one) => one.deref()) ? "kept" : "collected")
