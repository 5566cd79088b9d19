import { hasOnlyElements } from "@persist/core/values"
import { Kind } from "./format.ts"
import { isDense } from "./keys.ts"
import { setProperty } from "./set-property.ts"

/** What holds objects that are not made yet has stand-ins in their places; takes them out again. */
export class StandIns {
  /** The ids of those that hold each. */
  readonly #holders = new Map<object, Set<number>>()
  /** How many stand-ins each of them waits for. */
  readonly #waiting = new Map<number, number>()
  readonly #made = new Map<object, object>()

  /** A new stand-in. */
  add(): object {
    const standIn = {}
    this.#holders.set(standIn, new Set())
    return standIn
  }

  /** Notes that `holder` got `value`, if that is a stand-in. */
  note(value: object, holder: number): void {
    const holders = this.#holders.get(value)
    if (holders === undefined || holders.has(holder)) return
    holders.add(holder)
    this.#waiting.set(holder, (this.#waiting.get(holder) ?? 0) + 1)
  }

  /** Says what a stand-in stood for; answers the ids of those that wait for no other. */
  resolve(standIn: object, made: object): number[] {
    this.#made.set(standIn, made)
    const ready: number[] = []
    for (const holder of this.#holders.get(standIn)!) {
      const left = this.#waiting.get(holder)! - 1
      this.#waiting.set(holder, left)
      if (left === 0) ready.push(holder)
    }
    return ready
  }

  /** What `value` stood for, or itself. */
  of(value: unknown): unknown {
    return this.#made.get(value as object) ?? value
  }

  /** Puts what was made in the place of its stand-ins; answers false when keys became the same. */
  replaceIn(container: object, kind: number): boolean {
    if (kind === Kind.Map) return this.#inMap(container as Map<unknown, unknown>)
    if (kind === Kind.Set) return this.#inSet(container as Set<unknown>)
    if (kind === Kind.Array && isList(container)) {
      for (let index = 0; index < container.length; index++)
        container[index] = this.of(container[index])
    } else this.#inProperties(container)
    return true
  }

  #inMap(map: Map<unknown, unknown>): boolean {
    const entries = [...map]
    map.clear()
    for (const [key, value] of entries) map.set(this.of(key), this.of(value))
    return map.size === entries.length
  }

  #inSet(set: Set<unknown>): boolean {
    const members = [...set]
    set.clear()
    for (const member of members) set.add(this.of(member))
    return set.size === members.length
  }

  #inProperties(object: object): void {
    for (const key of Reflect.ownKeys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, key)
      const made = this.#made.get(property?.value)
      if (made !== undefined) setProperty(object, key, made, property!.enumerable)
    }
  }
}

/** Whether an array has elements and nothing else. */
function isList(array: object): array is unknown[] {
  return isDense(array as unknown[]) && hasOnlyElements(array as unknown[])
}
