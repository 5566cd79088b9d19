import { RedisInvalidationBus, type RedisInvalidationBusOptions } from "../../src/index.ts"

// Listens, says something without waiting for it, and closes nothing.
const [options, channel] = process.argv.slice(2)
const where = JSON.parse(options!) as RedisInvalidationBusOptions
const bus = new RedisInvalidationBus({ ...where, channel })
const { promise: heard, resolve } = Promise.withResolvers<void>()
bus.subscribe(() => {}, resolve)
await bus.publish({ source: "test", kind: "clear" })
// To listen keeps no process alive.
const waiting = setInterval(() => {}, 1_000)
await heard
clearInterval(waiting)
void bus.publish({ source: "test", kind: "clear" })
