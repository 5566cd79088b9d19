import { PersistError } from "@persist/core"
import { brief } from "@persist/core/values"
import { synchronous } from "../synchronous.ts"
import type { ClassRegistry } from "./class-registry.ts"
import { emptyError } from "./empty-error.ts"
import {
  createError,
  finishInstance,
  hookError,
  type StoredClass,
  sameKeys,
  selfHeld,
  type Unfinished,
} from "./finish-instance.ts"
import type { HoldingGraph } from "./holding-graph.ts"
import type { RegisteredClass } from "./pickle-class.ts"
import { StandIns } from "./stand-ins.ts"
import type { TokenReader } from "./token-reader.ts"

/** Makes instances of registered classes; nothing but the registry decides which code runs. */
export class InstanceReader {
  readonly #in: TokenReader
  readonly #classes: ClassRegistry
  readonly #stored: StoredClass[] = []
  // By id.
  readonly #unfinished = new Map<number, Unfinished>()
  readonly #created = new Set<object>()
  /** Of instances that are made from their state; undefined as long as there are none. */
  standIns: StandIns | undefined

  constructor(input: TokenReader, classes: ClassRegistry) {
    this.#in = input
    this.#classes = classes
  }

  /** Reads the operands of the instance that gets `id`, and makes it, still empty, or what stands in for it. */
  begin(isKnown: boolean, id: number): { shell: object; isError: boolean } {
    const stored = isKnown ? this.#stored[this.#in.count(this.#stored.length - 1)]! : this.#define()
    const { registered, version } = stored
    const isRevived = registered.revive !== undefined
    const shell = isRevived ? this.#standIn() : makeShell(registered)
    if (registered.create !== undefined) {
      if (this.#created.has(shell)) throw createError(registered.name, "the same object twice")
      this.#created.add(shell)
    }
    if (isRevived || registered.restore !== undefined || version < registered.version)
      this.#unfinished.set(id, { instance: shell, state: {}, stored })
    return { shell, isError: registered.isError }
  }

  /** Where the stored properties of an instance go: itself, or a state that its class still changes. */
  stateOf(target: object, id: number): object {
    return this.#unfinished.get(id)?.state ?? target
  }

  /**
   * Upgrades, restores and makes what waits, after what it holds, when every value is filled. Without a graph
   * none of it holds any other. `replaceIn` is asked to take the stand-ins out of the container with an id.
   */
  finish(graph: HoldingGraph | undefined, replaceIn: (id: number) => boolean): void {
    const unfinished = this.#unfinished
    const ids = [...unfinished.keys()]
    const refuse = (id: number) => {
      const { registered } = unfinished.get(id)!.stored
      if (registered.revive !== undefined) throw selfHeld(registered.name)
    }
    const order = graph?.finishOrder(ids, this.standIns && refuse) ?? ids
    for (const id of order) {
      const made = finishInstance(unfinished.get(id)!)
      if (made !== undefined) this.#takeOver(unfinished.get(id)!, made, replaceIn)
    }
  }

  #standIn(): object {
    this.standIns ??= new StandIns()
    return this.standIns.add()
  }

  /** Puts an instance in the place of what stood in for it. */
  #takeOver(unfinished: Unfinished, made: object, replaceIn: (id: number) => boolean): void {
    const { instance, stored } = unfinished
    for (const holder of this.standIns!.resolve(instance, made)) {
      // The root has no holder.
      if (holder >= 0 && !replaceIn(holder)) throw sameKeys(stored.registered.name)
    }
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
        `The pickle holds an instance of ${JSON.stringify(brief(name))}, which is not registered; ${remedyFor(name)}.`,
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

function remedyFor(name: string): string {
  return name.startsWith("Temporal.")
    ? "read it with a Node that has Temporal, or register a polyfill by temporalClasses"
    : "register the class under that name"
}
