import { type Comparison, compare } from "../measure.ts"
import { flood, operations } from "./in-flight.ts"
import { keyCount, type Payload, type Subjects } from "./subjects.ts"

/** What a careful author would write by hand for one compare-and-set with an index and a time. */
const handWritten = `local current = redis.call('HGET', KEYS[1], 'revision')
if (current or '') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'savedAt', time[1], 'value', ARGV[3])
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[2], 0, ARGV[4])
return 1`

/** Read, change and write on the server, against one call of a script for which all is known beforehand. */
export async function updateComparison(
  { bare, ours }: Subjects,
  value: (index: number) => Payload,
): Promise<Comparison> {
  const key = (index: number) => `key-${(index * 7919) % keyCount}`
  const sha = await bare.scriptLoad(handWritten)
  const revisions = new Map<string, string>()
  const compareAndSet = async (index: number) => {
    const name = key(index)
    const before = revisions.get(name) ?? ""
    const after = String(Number(before) + 1)
    revisions.set(name, after)
    const text = JSON.stringify(value(index))
    await bare.evalSha(sha, {
      keys: [`script:${name}`, "script-index"],
      arguments: [before, after, text, name],
    })
  }
  return compare(
    "update of different keys",
    {
      name: "RedisStorage.update",
      run: () => flood((index) => ours.update(key(index), () => value(index))),
    },
    [
      {
        name: "node-redis, one bare script call: compare-and-set with index",
        lacks: "reading the value, conflicts, change log, deadline",
        target: 1.3,
        run: () => flood(compareAndSet),
      },
    ],
    { operations },
  )
}
