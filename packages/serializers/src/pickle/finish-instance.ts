import { PersistError } from "@persist/core"
import { describeValue, reasonOf } from "@persist/core/values"
import { synchronous } from "../synchronous.ts"
import type { PickleState, RegisteredClass } from "./pickle-class.ts"
import { setProperty } from "./set-property.ts"
import { isState } from "./state.ts"

/** A class as one file knows it. */
export interface StoredClass {
  readonly registered: RegisteredClass
  /** The version of the state in the file. */
  readonly version: number
}

/** An instance whose state must pass through steps of its class before it is complete, or what stands in for it. */
export interface Unfinished {
  readonly instance: object
  readonly state: PickleState
  readonly stored: StoredClass
}

export function createError(name: string, what: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `The "create" of ${name} made ${what}; let it make a new instance every time.`,
    { details: { name } },
  )
}

function noInstance(name: string, made: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `The "revive" of ${name} answered ${describeValue(made)}; let it answer the instance.`,
    { details: { name } },
  )
}

export function selfHeld(name: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_MIGRATION",
    `The pickle holds an instance of ${name} that its own state leads back to, so "revive" cannot make it: register the class with "create" and "restore".`,
    { details: { name } },
  )
}

export function sameKeys(name: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_MIGRATION",
    `The "revive" of ${name} made the same object for two keys of a Map or two members of a Set, of which one would be lost.`,
    { details: { name } },
  )
}

/** Answers the instance where it is made only now. */
export function finishInstance(unfinished: Unfinished): object | undefined {
  const { instance, stored } = unfinished
  const { name, restore, revive } = stored.registered
  const current = upgraded(unfinished)
  if (revive !== undefined) return revived(name, () => revive(current))
  if (restore === undefined) {
    for (const key of Reflect.ownKeys(current)) setProperty(instance, key, current[key as string])
    return undefined
  }
  try {
    synchronous(restore(instance, current))
  } catch (cause) {
    throw hookError(name, "restore", cause)
  }
  return undefined
}

function revived(name: string, revive: () => object): object {
  let made: unknown
  try {
    made = synchronous(revive())
  } catch (cause) {
    throw hookError(name, "revive", cause)
  }
  if (typeof made === "object" && made !== null) return made
  throw noInstance(name, made)
}

function upgraded({ state, stored: { registered, version } }: Unfinished): PickleState {
  const { name, upgrades } = registered
  let current = state
  for (let from = version; from < registered.version; from++) {
    const step = upgrades.get(from)
    if (step === undefined) throw migrationError(name, from, "there is no such step")
    try {
      current = synchronous(step(current))
    } catch (cause) {
      throw migrationError(name, from, reasonOf(cause), cause)
    }
    if (!isState(current))
      throw migrationError(name, from, `the step answered ${describeValue(current)}, no state`)
  }
  return current
}

export function hookError(name: string, hook: string, cause: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_MIGRATION",
    `The "${hook}" of ${name} threw: ${reasonOf(cause)}`,
    { cause, details: { name } },
  )
}

function migrationError(
  name: string,
  from: number,
  problem: string,
  cause?: unknown,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_MIGRATION",
    `The pickle holds version ${from} of ${name}, which cannot be brought to version ${from + 1}: ${problem}.`,
    { cause, details: { name, version: from } },
  )
}
