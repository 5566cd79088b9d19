import type { InvalidationMessage, RedisInvalidationBus } from "../../src/index.ts"
import { until } from "./until.ts"

/** Says that `name` is no longer valid. */
export function message(name: number): InvalidationMessage {
  return { source: "test", kind: "key", name }
}

/** What came over one bus: the names of the messages, and "missed" for everything. */
export async function record(bus: RedisInvalidationBus): Promise<unknown[]> {
  const heard: unknown[] = []
  bus.subscribe(
    ({ name }) => heard.push(name),
    () => heard.push("missed"),
  )
  await until("the bus is connected", () => heard.length > 0)
  heard.length = 0
  return heard
}
