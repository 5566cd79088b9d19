import { invalidOption, optionsCheck } from "@persist/core/options"
import type { PickleClass, PickleState, RegisteredClass } from "./pickle-class.ts"

const checkClass = optionsCheck<PickleClass>("PickleSerializer: classes[]", {
  class: true,
  name: true,
  version: true,
  upgrades: true,
  save: true,
  create: true,
  restore: true,
  revive: true,
})

// What is written before any class is looked up.
const native: readonly object[] = [Object, Array, Map, Set].map(({ prototype }) => prototype)

/** An entry with its defaults filled in; throws `ERR_PERSIST_INVALID_OPTION` for what is wrong with it. */
export function registeredClass(entry: PickleClass): RegisteredClass {
  if (typeof entry !== "object" || entry === null)
    throw invalidOption("classes[]", entry, "an object with a class")
  checkClass(entry)
  const { class: subject, version = 1, save, create, restore, revive } = entry
  if (typeof subject !== "function" || typeof subject.prototype !== "object")
    throw invalidOption("classes[].class", subject, "a class")
  if (native.includes(subject.prototype))
    throw invalidOption("classes[].class", subject, "none that a pickle holds by itself")
  const { name = subject.name } = entry
  if (typeof name !== "string" || name === "")
    throw invalidOption("classes[].name", name, "a name, which an unnamed class must be given")
  if (!Number.isInteger(version) || version < 1)
    throw invalidOption("classes[].version", version, "a whole number from 1")
  for (const [option, hook] of Object.entries({ save, create, restore, revive })) {
    if (hook !== undefined && typeof hook !== "function")
      throw invalidOption(`classes[].${option}`, hook, "a function")
  }
  if (revive !== undefined && (create !== undefined || restore !== undefined))
    throw invalidOption("classes[].revive", revive, "in place of create and restore")
  const isMade = revive !== undefined || (create !== undefined && restore !== undefined)
  if (save === undefined || !isMade) refuseBuiltIn(subject)
  return Object.freeze({
    subject,
    name,
    version,
    isError: isA(subject, Error) && save === undefined,
    upgrades: readUpgrades(entry.upgrades, version),
    save: save as RegisteredClass["save"],
    create,
    restore: restore as RegisteredClass["restore"],
    revive,
  })
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

function isA({ prototype }: PickleClass["class"], base: { readonly prototype: object }): boolean {
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
    "a built-in or a subclass of one only with save, and create and restore or revive",
  )
}
