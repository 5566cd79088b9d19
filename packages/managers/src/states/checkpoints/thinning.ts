import { type Duration, invalidOption, optionsCheck, toMilliseconds } from "@persist/core/options"
import type { Checkpoint } from "./checkpoint.ts"

/**
 * Which checkpoints are kept, after restic's `forget`: of every hour, day, … that has checkpoints the
 * newest, and so many hours, days, … back. Hours without checkpoints do not count. Times are UTC.
 */
export interface ThinningPolicy {
  /** The newest so many. @default 0 */
  readonly last?: number | undefined
  readonly hourly?: number | undefined
  readonly daily?: number | undefined
  readonly weekly?: number | undefined
  readonly monthly?: number | undefined
  readonly yearly?: number | undefined
  /** Everything not older than this, counted back from the newest checkpoint that is not of the future, as clocks that were ahead make them. @default nothing */
  readonly within?: Duration | undefined
}

/** A checkpoint and why it stays. */
export interface KeptCheckpoint {
  readonly checkpoint: Checkpoint
  readonly reasons: readonly string[]
}

/** What thinning keeps and what it removes. */
export interface ThinningPlan {
  readonly kept: readonly KeptCheckpoint[]
  readonly removed: readonly Checkpoint[]
}

const buckets = {
  last: ({ id }: Checkpoint) => id,
  hourly: ({ savedAt }: Checkpoint) => savedAt.toISOString().slice(0, 13),
  daily: ({ savedAt }: Checkpoint) => savedAt.toISOString().slice(0, 10),
  // Weeks begin on Monday; the epoch was a Thursday.
  weekly: ({ savedAt }: Checkpoint) => String(Math.floor((savedAt.getTime() / 86_400_000 + 3) / 7)),
  monthly: ({ savedAt }: Checkpoint) => savedAt.toISOString().slice(0, 7),
  yearly: ({ savedAt }: Checkpoint) => savedAt.toISOString().slice(0, 4),
}

const check = optionsCheck<ThinningPolicy>("thinHistory", {
  last: true,
  hourly: true,
  daily: true,
  weekly: true,
  monthly: true,
  yearly: true,
  within: true,
})

/**
 * Decides by `policy`; `checkpoints` are sorted from old to new, `current` is the one that the state names,
 * `now` in milliseconds since the epoch.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION`
 */
export function planThinning(
  checkpoints: readonly Checkpoint[],
  policy: ThinningPolicy,
  current?: string,
  now: number = Number.POSITIVE_INFINITY,
): ThinningPlan {
  check(policy)
  if (policy === undefined || Object.values(policy).every((value) => value === undefined)) {
    throw invalidOption("policy", policy, "at least one of last, hourly, daily, …, within")
  }
  const reasons = new Map<Checkpoint, string[]>(checkpoints.map((one) => [one, protection(one)]))
  const newestFirst = checkpoints.filter(({ damaged }) => !damaged).toReversed()
  const newest = newestFirst[0]
  if (newest) reasons.get(newest)!.unshift("newest")
  const named = newest?.id === current ? undefined : checkpoints.find(({ id }) => id === current)
  if (named) reasons.get(named)!.unshift("current")
  for (const [name, bucketOf] of Object.entries(buckets)) {
    const quota = policy[name as keyof typeof buckets] ?? 0
    if (!(quota === Number.POSITIVE_INFINITY || (Number.isInteger(quota) && quota >= 0))) {
      throw invalidOption(name, quota, "whole numbers from 0")
    }
    keepBuckets(newestFirst, name, quota, bucketOf, reasons)
  }
  const within = policy.within === undefined ? 0 : toMilliseconds(policy.within, "within")
  if (policy.within !== undefined) {
    const latest = newestFirst.find(({ savedAt }) => savedAt.getTime() <= now)
    const since = (latest?.savedAt.getTime() ?? Number.NEGATIVE_INFINITY) - within
    for (const one of newestFirst) {
      if (one.savedAt.getTime() >= since) reasons.get(one)!.push(`within ${policy.within}`)
    }
  }
  const isKept = (one: Checkpoint) => reasons.get(one)!.length > 0
  return {
    kept: checkpoints.filter(isKept).map((checkpoint) => ({
      checkpoint,
      reasons: reasons.get(checkpoint)!,
    })),
    removed: checkpoints.filter((one) => !isKept(one)),
  }
}

function protection({ pinned, label, forks, damaged }: Checkpoint): string[] {
  return [
    ...(damaged ? ["damaged"] : []),
    ...(pinned ? ["pinned"] : []),
    ...(label === undefined ? [] : [`label "${label}"`]),
    ...(forks.length > 0 ? [`fork ${forks.join(", ")}`] : []),
  ]
}

/** The newest of each bucket; and while quota remains at the end, the oldest of all. */
function keepBuckets(
  newestFirst: readonly Checkpoint[],
  name: string,
  quota: number,
  bucketOf: (checkpoint: Checkpoint) => string,
  reasons: ReadonlyMap<Checkpoint, string[]>,
): void {
  let left = quota
  // Where the clocks of writers differ, times go back and forth.
  const seen = new Set<string>()
  newestFirst.forEach((one, index) => {
    if (left === 0) return
    const bucket = bucketOf(one)
    const isOldest = index === newestFirst.length - 1
    if (seen.has(bucket) && !isOldest) return
    seen.add(bucket)
    left--
    reasons.get(one)!.push(name)
  })
}
