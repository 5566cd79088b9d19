import { setImmediate } from "node:timers/promises"
import { PersistError } from "@persist/core"
import { Random } from "../../../.ci/seeded-random.ts"
import { mutate } from "./mutate.ts"
import { subjects } from "./subjects.ts"

/** What a run of hostile inputs showed. */
export interface HostileReport {
  readonly inputs: number
  /** How many inputs gave a value, by subject; the others gave a PersistError. */
  readonly accepted: Readonly<Record<string, number>>
  readonly codes: Readonly<Record<string, number>>
  /** Milliseconds of the slowest input. */
  readonly slowest: number
  /** Bytes of the whole process at their highest. */
  readonly memory: number
  /** What must not happen, with the input in base64. */
  readonly failures: readonly string[]
}

export interface HostileOptions {
  readonly inputs: number
  readonly seed: number
  /** Stops early, in milliseconds. */
  readonly budget?: number
}

/** Feeds mutated inputs to every serializer. Nothing but PersistError may come out, soon, and nothing global may change. */
export async function hostile({
  inputs,
  seed,
  budget = Number.POSITIVE_INFINITY,
}: HostileOptions): Promise<HostileReport> {
  const random = new Random(seed)
  const wheel = subjects().flatMap(
    (subject) => Array(subject.weight).fill(subject) as (typeof subject)[],
  )
  const accepted: Record<string, number> = {}
  const codes: Record<string, number> = {}
  const failures: string[] = []
  const before = globalState()
  const started = performance.now()
  let slowest = 0
  let memory = 0
  let count = 0
  for (; count < inputs && performance.now() - started < budget && failures.length < 5; count++) {
    const subject = random.pick(wheel)
    const input = mutate(random.pick(subject.inputs), random)
    const begun = performance.now()
    try {
      const value = subject.serializer.decode(input)
      accepted[subject.name] = (accepted[subject.name] ?? 0) + 1
      subject.serializer.encode(value)
    } catch (error) {
      if (PersistError.is(error)) codes[error.code] = (codes[error.code] ?? 0) + 1
      else
        failures.push(`${subject.name}: ${(error as Error)?.stack} for ${input.toString("base64")}`)
    }
    const elapsed = performance.now() - begun
    slowest = Math.max(slowest, elapsed)
    if (elapsed > 5000)
      failures.push(`${subject.name}: ${elapsed} ms for ${input.toString("base64")}`)
    if (count % 1000 === 0) {
      memory = Math.max(memory, process.memoryUsage.rss())
      // Decompressors that refused their input wait for a turn of the event loop, and then for the
      // collector, which does not feel their weight.
      await setImmediate()
      globalThis.gc?.()
      if (globalState() !== before) failures.push(`${subject.name}: a prototype changed`)
    }
  }
  if (globalState() !== before) failures.push("a prototype changed")
  return { inputs: count, accepted, codes, slowest, memory, failures }
}

/** Everything that pollution would change: the properties of the prototypes that all objects share. */
function globalState(): string {
  const shared = [
    Object,
    Array,
    Function,
    Map,
    Set,
    Error,
    Date,
    RegExp,
    String,
    Number,
    Uint8Array,
    Promise,
  ]
  return shared
    .map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join())
    .concat(Reflect.ownKeys(globalThis).map(String).join())
    .join("\n")
}
