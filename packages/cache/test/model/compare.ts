import { deepStrictEqual as same } from "node:assert"
import { CacheStorage, type PolicyName } from "../../src/index.ts"
import { type Internals, internals } from "./internals.ts"
import { NaiveCache } from "./naive-cache.ts"
import { cacheOptions, type Operation, type Run } from "./operations.ts"

type Event = readonly [key: unknown, value: unknown, reason: string]

/**
 * Does the same to an LRU cache and to the naive model, and compares everything that can be seen; `heard` or not, as
 * sets and evictions of which nobody hears have a shorter way; its order after each step, or only at the end.
 */
export function compareWithModel({ naive, operations }: Run, heard = true): number {
  const model = new NaiveCache(naive)
  let events: Event[] = []
  const cache = new CacheStorage<unknown, unknown>({
    ...cacheOptions(naive),
    clock: () => model.now,
    ...(heard ? { onRemoval: (key, value, reason) => events.push([key, value, reason]) } : {}),
  })
  const inside = internals(cache)
  let value = 0
  for (const operation of operations) {
    model.events = []
    events = []
    perform(operation, cache, model, value++ >> 2)
    if (heard) same(sorted(events), sorted(model.events))
    same(inside.index.size, model.entries.length)
    same(inside.totalWeight, model.weight())
    same(new Set(inside.index.keys()), new Set(model.entries.map((entry) => entry.key)))
    // To ask for the order lines everything up anew: where nobody does, the line is met as it is in use.
    if (heard) sameOrder(inside, model)
  }
  sameOrder(inside, model)
  model.prune()
  const { hits, misses, sets, evictions, expirations } = model
  const { stats } = cache
  same(
    [stats.hits, stats.misses, stats.sets, stats.evictions, stats.expirations],
    [hits, misses, sets, evictions, expirations],
  )
  same([stats.size, stats.weight], [model.entries.length, model.weight()])
  return operations.length
}

function sameOrder({ policy, slotKeys }: Internals, { entries }: NaiveCache): void {
  const order = policy.order().map((slot) => slotKeys[slot])
  same(
    order,
    entries.toReversed().map((entry) => entry.key),
  )
}

function perform(
  operation: Operation,
  cache: CacheStorage<unknown, unknown>,
  model: NaiveCache,
  value: number,
): void {
  const missing = Symbol("missing")
  switch (operation.do) {
    case "get":
    case "peek": {
      const found = model[operation.do](operation.key)
      same(cache[operation.do](operation.key, missing), found === undefined ? missing : found.value)
      break
    }
    case "has":
      same(cache.has(operation.key), model.peek(operation.key) !== undefined)
      break
    case "set":
      cache.set(operation.key, value, operation.options)
      model.set(operation.key, value, operation.options ?? {})
      break
    case "delete":
    case "expire":
      same(cache[operation.do](operation.key), model[operation.do](operation.key))
      break
    case "deleteTag":
    case "expireTag":
      cache[operation.do](operation.tag)
      model[operation.do](operation.tag)
      break
    case "clear":
      cache.clear()
      model.clear()
      break
    case "prune":
      same(cache.prune(), model.prune())
      break
    case "size":
      model.prune()
      same(cache.size, model.entries.length)
      break
    case "keys":
      same(
        [...cache.entries()],
        model.fresh().map((entry) => [entry.key, entry.value]),
      )
      break
    case "getMany": {
      const keys = ["key 1", "key 2", "key 3"]
      const found = keys.flatMap((key) => {
        const entry = model.get(key)
        return entry === undefined ? [] : [[key, entry.value] as const]
      })
      same([...cache.getMany(keys)], found)
      break
    }
    case "pass":
      model.now += operation.time
  }
}

/** What must hold under any policy and whatever a listener does: right values, strict bounds, exact sums. */
export function checkPolicy(
  { naive, operations }: Run,
  policy: PolicyName,
  meddle: boolean,
): number {
  let now = 0
  let step = 0
  let value = 0
  const values = new Map<unknown, unknown>()
  const cache = new CacheStorage<unknown, unknown>({
    ...cacheOptions(naive),
    policy,
    clock: { now: () => now, schedule: () => () => {} },
    onRemoval: (key) => {
      step++
      if (!meddle) return
      if (step % 5 === 0) cache.clear()
      else if (step % 2 === 0) cache.set(key, `meddled ${step}`)
      else cache.delete("key 3")
    },
  })
  for (const operation of operations) {
    if (operation.do === "pass") now += operation.time
    else if (operation.do === "set") {
      cache.set(operation.key, ++value, operation.options)
      if (!meddle) values.set(operation.key, value)
    } else if (operation.do === "get" && !meddle) {
      const found = cache.get(operation.key, undefined)
      if (found !== undefined) same(found, values.get(operation.key))
    } else if ("key" in operation) cache[operation.do](operation.key)
    else if ("tag" in operation) cache[operation.do](operation.tag)
    else if (operation.do === "keys") {
      let visited = 0
      for (const key of cache.keys()) {
        visited++
        cache.get(key)
        cache.set(`key ${visited % 12}`, visited)
        if (!meddle) values.set(`key ${visited % 12}`, visited)
      }
      same(visited <= naive.maxSize, true)
    } else if (operation.do === "clear") cache.clear()
    else cache.prune()
    checkStructure(internals(cache), naive.maxSize, naive.maxWeight)
  }
  return operations.length
}

function checkStructure(cache: Internals, maxSize: number, maxWeight: number): void {
  const order = cache.policy.order()
  same(new Set(order), new Set(cache.index.values()))
  same(order.length, cache.index.size)
  same(cache.index.size <= maxSize, true)
  for (const [key, slot] of cache.index) same(cache.slotKeys[slot], key)
  const weights = order.reduce((sum, slot) => sum + (cache.weights?.[slot] ?? 0), 0)
  same(cache.totalWeight, weights)
  same(weights <= maxWeight, true)
}

function sorted(events: readonly Event[]): string[] {
  return events
    .map(([key, value, reason]) => `${typeof key} ${String(key)} ${value} ${reason}`)
    .sort()
}
