import { refuseOwn } from "./built-in-state.ts"
import type { PickleClass, RegisteredClass } from "./pickle-class.ts"
import { registeredClass } from "./registered-class.ts"
import { type TemporalNamespace, temporalClasses } from "./temporal-classes.ts"

const searchParams: PickleClass<URLSearchParams> = {
  class: URLSearchParams,
  name: "URLSearchParams",
  save: (params) => {
    refuseOwn(params)
    return { text: URLSearchParams.prototype.toString.call(params) }
  },
  revive: ({ text }) => {
    if (typeof text !== "string") throw new TypeError("its text is missing")
    return new URLSearchParams(text)
  },
}

let known: ReadonlyMap<string | object, RegisteredClass> | undefined
let knownTemporal: TemporalNamespace | undefined

/** The classes that every pickle knows, by name and by prototype; a Temporal may be installed later. */
export function builtInClasses(): ReadonlyMap<string | object, RegisteredClass> {
  const { Temporal } = globalThis as { readonly Temporal?: TemporalNamespace }
  if (known !== undefined && Temporal === knownTemporal) return known
  const classes = [searchParams as unknown as PickleClass, ...classesOf(Temporal)].map(
    registeredClass,
  )
  knownTemporal = Temporal
  const byEither = new Map<string | object, RegisteredClass>()
  for (const one of classes) byEither.set(one.name, one).set(one.subject.prototype, one)
  known = byEither
  return known
}

/** Anybody may have called something Temporal, or install only a part of it. */
function classesOf(temporal: TemporalNamespace | null | undefined): PickleClass[] {
  if (typeof temporal !== "object" || temporal === null) return []
  return temporalClasses(temporal).filter(
    ({ class: made }) => typeof made === "function" && isObject(made.prototype),
  )
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null
}
