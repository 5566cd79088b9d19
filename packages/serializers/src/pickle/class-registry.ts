import { types } from "node:util"
import { invalidOption } from "@persist/core/options"
import { homePrototype } from "@persist/core/values"
import { builtInClasses } from "./built-in-classes.ts"
import type { PickleClass, RegisteredClass } from "./pickle-class.ts"
import { registeredClass } from "./registered-class.ts"

/** The classes of one serializer; names from a file are looked up here and nowhere else. */
export class ClassRegistry {
  readonly #byName = new Map<string, RegisteredClass>()
  readonly #byPrototype = new Map<object, RegisteredClass>()
  #haveSteps = false
  #haveRevived = false

  /** Whether instances of any may have to pass through a step when all has been read. */
  get haveSteps(): boolean {
    return this.#haveSteps
  }

  /** Whether any are made from a state that could lead back to them. */
  get haveRevived(): boolean {
    return this.#haveRevived
  }

  add(entry: PickleClass): void {
    const registered = registeredClass(entry)
    const { name, subject, restore, revive, version } = registered
    if (this.#byName.has(name)) throw invalidOption("classes[].name", name, "each name once")
    if (this.#byPrototype.has(subject.prototype))
      throw invalidOption("classes[].class", subject, "each class once")
    if (revive !== undefined) this.#haveRevived = true
    if (restore !== undefined || revive !== undefined || version > 1) this.#haveSteps = true
    this.#byName.set(name, registered)
    this.#byPrototype.set(subject.prototype, registered)
  }

  ofName(name: string): RegisteredClass | undefined {
    return this.#byName.get(name) ?? builtInClasses().get(name)
  }

  ofPrototype(prototype: object): RegisteredClass | undefined {
    return this.#byPrototype.get(prototype)
  }

  /** The class of an instance, also of one that another realm made; undefined where none is registered. */
  of(instance: object): RegisteredClass | undefined {
    const prototype = Object.getPrototypeOf(instance) as object
    const registered = this.ofPrototype(prototype) ?? this.builtInOf(prototype)
    if (registered !== undefined) return registered
    const home = types.isNativeError(instance) ? undefined : homePrototype(instance)
    return home && this.ofPrototype(home)
  }

  /** What a name of a file means is one thing, so a built-in class whose name was given away is none. */
  builtInOf(prototype: object): RegisteredClass | undefined {
    const builtIn = builtInClasses().get(prototype)
    return builtIn !== undefined && !this.#byName.has(builtIn.name) ? builtIn : undefined
  }
}
