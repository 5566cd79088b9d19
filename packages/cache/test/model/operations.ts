import fc from "fast-check"
import type { CacheStorageOptions } from "../../src/index.ts"
import type { NaiveOptions, NaiveSet } from "./naive-cache.ts"

export type Operation =
  | { readonly do: "get" | "peek" | "has" | "delete" | "expire"; readonly key: unknown }
  | { readonly do: "set"; readonly key: unknown; readonly options: NaiveSet | undefined }
  | { readonly do: "deleteTag" | "expireTag"; readonly tag: string }
  | { readonly do: "clear" | "prune" | "size" | "keys" | "getMany" }
  | { readonly do: "pass"; readonly time: number }

export interface Run {
  readonly naive: NaiveOptions
  readonly operations: readonly Operation[]
}

const never = Number.POSITIVE_INFINITY
const key = fc.oneof(
  { weight: 12, arbitrary: fc.nat(12).map((number) => `key ${number}`) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(1, "1", null, undefined, Number.NaN, 0, true) },
)
const tag = fc.constantFrom("red", "green")
const time = fc.constantFrom(0, 1, 5, 10, 40, never)

const setOptions: fc.Arbitrary<NaiveSet> = fc.record(
  {
    ttl: time,
    idleTtl: fc.constantFrom(3, 8, never),
    staleTtl: fc.constantFrom(0, 6, never),
    tags: fc.uniqueArray(tag),
  },
  { requiredKeys: [] },
)

const operation = (weighted: boolean): fc.Arbitrary<Operation> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant("get" as const), key }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant("set" as const),
        key,
        options: fc.option(
          fc
            .tuple(setOptions, fc.option(fc.nat(7), { nil: undefined }))
            .map(([options, weight]) =>
              weighted && weight !== undefined ? { ...options, weight } : options,
            ),
          { nil: undefined, freq: 2 },
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom("peek" as const, "has" as const, "delete" as const, "expire" as const),
        key,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom("deleteTag" as const, "expireTag" as const),
        tag,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom("prune" as const, "size" as const, "keys" as const, "getMany" as const),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), time: fc.nat(6) }) },
    {
      weight: 1,
      arbitrary: fc
        .nat(9)
        .map((dice): Operation => (dice === 0 ? { do: "clear" } : { do: "pass", time: 30 })),
    },
  )

/** A cache's options and what is done to it. */
export const runs = (length: number): fc.Arbitrary<Run> =>
  fc
    .record({
      maxSize: fc.constantFrom(1, 2, 3, 5, 8, 20),
      maxWeight: fc.constantFrom(never, 5, 12),
      defaultTtl: fc.constantFrom(never, 7, 20),
      idleTtl: fc.constantFrom(never, never, 4),
    })
    .chain((options) => {
      const weighted = options.maxWeight !== never
      return fc.record({
        naive: fc.constant({ ...options, weighted }),
        operations: fc.array(operation(weighted), { maxLength: length, size: "max" }),
      })
    })

export function cacheOptions(naive: NaiveOptions): CacheStorageOptions<unknown, unknown> {
  const { maxSize, maxWeight, weighted, defaultTtl, idleTtl } = naive
  return { maxSize, defaultTtl, idleTtl, ...(weighted ? { maxWeight } : {}) }
}
