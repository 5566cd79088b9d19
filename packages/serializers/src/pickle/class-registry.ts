import { invalidOption, optionsCheck } from "@persist/core/options"

/** The state of an instance as it is stored: its properties. */
export type PickleState = Record<string, unknown>

/** A class whose instances may be stored. */
export interface PickleClass<T extends object = object> {
  readonly class: abstract new (...args: never[]) => T
  /** What the class is called in files; give one where code is minified. @default the class's own name */
  readonly name?: string | undefined
  /** The version of its state, a whole number from 1. @default 1 */
  readonly version?: number | undefined
  /**
   * For every older version still in files, what turns its state into that of the next one. What is
   * in the state is whole; only in a cycle may another instance still be waiting for its own step.
   */
  readonly upgrades?: Readonly<Record<number, (state: PickleState) => PickleState>> | undefined
  /** The state to store. @default the instance's own enumerable properties */
  save?(instance: NoInfer<T>): PickleState
  /** Makes the instance that `restore` fills. @default an object with the class's prototype, its constructor not run */
  create?(): NoInfer<T>
  /** Fills the instance. @default defines every property of the state */
  restore?(instance: NoInfer<T>, state: PickleState): void
}

/** A registered class with its defaults filled in. */
export interface RegisteredClass {
  readonly subject: PickleClass["class"]
  readonly name: string
  readonly version: number
  readonly isError: boolean
  readonly upgrades: ReadonlyMap<number, (state: PickleState) => PickleState>
  readonly save: ((instance: object) => PickleState) | undefined
  readonly create: (() => object) | undefined
  readonly restore: ((instance: object, state: PickleState) => void) | undefined
}

const checkClass = optionsCheck<PickleClass>("PickleSerializer: classes[]", {
  class: true,
  name: true,
  version: true,
  upgrades: true,
  save: true,
  create: true,
  restore: true,
})

// What is written before any class is looked up.
const native: readonly object[] = [Object, Array, Map, Set].map(({ prototype }) => prototype)

/** The classes of one serializer; names from a file are looked up here and nowhere else. */
export class ClassRegistry {
  readonly #byName = new Map<string, RegisteredClass>()
  readonly #byPrototype = new Map<object, RegisteredClass>()
  #haveSteps = false

  /** Whether instances of any may have to pass through a step when all has been read. */
  get haveSteps(): boolean {
    return this.#haveSteps
  }

  add(entry: PickleClass): void {
    if (typeof entry !== "object" || entry === null)
      throw invalidOption("classes[]", entry, "an object with a class")
    checkClass(entry)
    const { class: subject, version = 1, save, create, restore } = entry
    if (typeof subject !== "function" || typeof subject.prototype !== "object")
      throw invalidOption("classes[].class", subject, "a class")
    if (native.includes(subject.prototype))
      throw invalidOption("classes[].class", subject, "none that a pickle holds by itself")
    const { name = subject.name } = entry
    if (typeof name !== "string" || name === "")
      throw invalidOption("classes[].name", name, "a name, which an unnamed class must be given")
    if (!Number.isInteger(version) || version < 1)
      throw invalidOption("classes[].version", version, "a whole number from 1")
    for (const [option, hook] of Object.entries({ save, create, restore })) {
      if (hook !== undefined && typeof hook !== "function")
        throw invalidOption(`classes[].${option}`, hook, "a function")
    }
    if (this.#byName.has(name)) throw invalidOption("classes[].name", name, "each name once")
    if (this.#byPrototype.has(subject.prototype))
      throw invalidOption("classes[].class", subject, "each class once")
    const registered: RegisteredClass = Object.freeze({
      subject,
      name,
      version,
      isError: isA(subject, Error) && save === undefined,
      upgrades: readUpgrades(entry.upgrades, version),
      save: save as RegisteredClass["save"],
      create,
      restore: restore as RegisteredClass["restore"],
    })
    if (save === undefined || create === undefined || restore === undefined) refuseBuiltIn(subject)
    if (restore !== undefined || version > 1) this.#haveSteps = true
    this.#byName.set(name, registered)
    this.#byPrototype.set(subject.prototype, registered)
  }

  ofName(name: string): RegisteredClass | undefined {
    return this.#byName.get(name)
  }

  ofPrototype(prototype: object): RegisteredClass | undefined {
    return this.#byPrototype.get(prototype)
  }
}

function readUpgrades(
  upgrades: PickleClass["upgrades"],
  version: number,
): RegisteredClass["upgrades"] {
  const steps = new Map<number, (state: PickleState) => PickleState>()
  if (upgrades !== undefined && (typeof upgrades !== "object" || upgrades === null))
    throw invalidOption("classes[].upgrades", upgrades, "an object of steps by version")
  for (const [from, step] of Object.entries(upgrades ?? {})) {
    const number = Number(from)
    if (!Number.isInteger(number) || number < 1 || number >= version)
      throw invalidOption("classes[].upgrades", from, `steps from versions 1 to ${version - 1}`)
    if (typeof step !== "function")
      throw invalidOption(`classes[].upgrades[${from}]`, step, "a function")
    steps.set(number, step)
  }
  return steps
}

/** A function, since naming Headers makes Node load its whole client for HTTP. */
const builtIns = (): readonly { readonly prototype: object }[] => [
  Map,
  Set,
  Array,
  Date,
  RegExp,
  Promise,
  WeakMap,
  WeakSet,
  WeakRef,
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  Object.getPrototypeOf(Uint8Array),
  Number,
  String,
  Boolean,
  Function,
  URL,
  URLSearchParams,
  Headers,
  Blob,
]

function isA(subject: PickleClass["class"], base: { readonly prototype: object }): boolean {
  const { prototype } = subject
  return (
    prototype === base.prototype || Object.prototype.isPrototypeOf.call(base.prototype, prototype)
  )
}

/** These and their subclasses have contents that their properties do not show. */
function refuseBuiltIn(subject: PickleClass["class"]): void {
  if (!builtIns().some((base) => isA(subject, base))) return
  throw invalidOption(
    "classes[].class",
    subject,
    "a built-in or a subclass of one only with save, create and restore",
  )
}
