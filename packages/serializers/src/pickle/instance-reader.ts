import { PersistError } from "@persist/core"
import { describeValue, reasonOf } from "@persist/core/values"
import { synchronous } from "../synchronous.ts"
import type { ClassRegistry, PickleState, RegisteredClass } from "./class-registry.ts"
import { emptyError } from "./empty-error.ts"
import type { HoldingGraph } from "./holding-graph.ts"
import { setProperty } from "./set-property.ts"
import { isState } from "./state.ts"
import type { TokenReader } from "./token-reader.ts"

/** A class as one file knows it. */
interface StoredClass {
  readonly registered: RegisteredClass
  /** The version of the state in the file. */
  readonly version: number
}

/** An instance whose state must pass through steps of its class before it is complete. */
interface Unfinished {
  readonly instance: object
  readonly state: PickleState
  readonly stored: StoredClass
}

/** Makes instances of registered classes; nothing but the registry decides which code runs. */
export class InstanceReader {
  readonly #in: TokenReader
  readonly #classes: ClassRegistry
  readonly #stored: StoredClass[] = []
  // By id.
  readonly #unfinished = new Map<number, Unfinished>()
  readonly #created = new Set<object>()

  constructor(input: TokenReader, classes: ClassRegistry) {
    this.#in = input
    this.#classes = classes
  }

  /** Reads the operands of the instance that gets `id`, and makes it, still empty. */
  begin(isKnown: boolean, id: number): { shell: object; isError: boolean } {
    const stored = isKnown ? this.#stored[this.#in.count(this.#stored.length - 1)]! : this.#define()
    const { registered, version } = stored
    const shell = makeShell(registered)
    if (registered.create !== undefined) {
      if (this.#created.has(shell)) throw createError(registered.name, "the same object twice")
      this.#created.add(shell)
    }
    if (registered.restore !== undefined || version < registered.version)
      this.#unfinished.set(id, { instance: shell, state: {}, stored })
    return { shell, isError: registered.isError }
  }

  /** Where the stored properties of an instance go: itself, or a state that its class still changes. */
  stateOf(target: object, id: number): object {
    return this.#unfinished.get(id)?.state ?? target
  }

  /** Upgrades and restores what waits, after what it holds, when every value is filled. */
  finish(graph: HoldingGraph): void {
    const unfinished = this.#unfinished
    for (const id of graph.finishOrder([...unfinished.keys()])) finishInstance(unfinished.get(id)!)
  }

  #define(): StoredClass {
    const input = this.#in
    const name = input.string16()
    const version = input.count(0x7fffffff)
    const isError = input.count(1) === 1
    const registered = this.#classes.ofName(name)
    if (registered === undefined) {
      throw new PersistError(
        "ERR_PERSIST_UNKNOWN_CLASS",
        `The pickle holds an instance of ${JSON.stringify(name)}, which is not registered; register the class under that name.`,
        { details: { name, version } },
      )
    }
    if (version > registered.version) {
      throw new PersistError(
        "ERR_PERSIST_NEWER",
        `The pickle holds version ${version} of ${name}; this program knows up to ${registered.version}. Update it.`,
        { details: { name, version } },
      )
    }
    if (isError !== registered.isError) {
      throw new PersistError(
        "ERR_PERSIST_FORMAT",
        `The pickle holds ${name} as ${isError ? "an error" : "an object"}, which the registered class is not.`,
        { details: { name, version } },
      )
    }
    const stored = { registered, version }
    this.#stored.push(stored)
    return stored
  }
}

function makeShell({ create, subject, isError, name }: RegisteredClass): object {
  if (create === undefined) {
    if (!isError) return Object.create(subject.prototype) as object
    return Object.setPrototypeOf(emptyError("Error"), subject.prototype)
  }
  let shell: unknown
  try {
    shell = synchronous(create())
  } catch (cause) {
    throw hookError(name, "create", cause)
  }
  if (typeof shell === "object" && shell !== null) return shell
  throw createError(name, "no object")
}

function createError(name: string, what: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `The "create" of ${name} made ${what}; let it make a new instance every time.`,
    { details: { name } },
  )
}

function finishInstance({ instance, state, stored: { registered, version } }: Unfinished): void {
  const { name, restore, upgrades } = registered
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
  if (restore === undefined) {
    for (const key of Reflect.ownKeys(current)) setProperty(instance, key, current[key as string])
    return
  }
  try {
    synchronous(restore(instance, current))
  } catch (cause) {
    throw hookError(name, "restore", cause)
  }
}

function hookError(name: string, hook: string, cause: unknown): PersistError {
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
