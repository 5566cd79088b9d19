import { types } from "node:util"
import { PersistError } from "@persist/core"
import { sameOrder } from "../../diff/same-order.ts"
import { sameInstance } from "../../diff/same-value.ts"
import { isPlainObject } from "../../plain-object.ts"
import { copyOf, isCopied } from "./draft-copies.ts"
import {
  type Container,
  DraftNode,
  type HandedOut,
  type Mixed,
  type Session,
} from "./draft-node.ts"
import { freeze, isFrozenInside, unfrozen } from "./freeze.ts"

const nodeOf = Symbol("draft")
/** Whose recipe got a copy to change. */
const handedOut = new WeakMap<object, Session>()

/**
 * Runs `recipe` on a draft of `base`, which is frozen, and returns the changed value, frozen too; `base`
 * stays as it is, and what was not changed is shared. Plain objects, arrays, maps, sets, dates and typed arrays can be changed
 * through the draft; instances of other classes are to be replaced, not changed. What `recipe`
 * returns is the new value, unless it changed the draft.
 */
export function produce<T>(base: T, recipe: (draft: T) => T | undefined | void): T {
  if (!isDraftable(base)) return produceInside(base, recipe)
  const session = newSession()
  const node = new DraftNode(base as unknown as Container, undefined, session, false)
  try {
    const result = synchronous(recipe(draftOf(node) as T))
    if (session.copies) takeCopies(session.copies)
    if (result === undefined || node.isChanged) {
      const next = finishNode(node) as T
      if (session.mixed) freezeMixed(session.mixed)
      return next
    }
    const next = finished(result, session) as T
    if (session.mixed) freezeMixed(session.mixed)
    return freeze(next)
  } finally {
    session.isOver = true
  }
}

/** `produce` for what has no draft of its own. */
function produceInside<T>(base: T, recipe: (draft: T) => T | undefined | void): T {
  const session = newSession()
  const copy = isCopied(base) ? (copyOf(base) as T & object) : base
  if (copy !== base) handedOut.set(copy as T & object, session)
  try {
    const result = finished(synchronous(recipe(copy)) ?? copy, session) as T
    if (session.mixed) freezeMixed(session.mixed)
    return isCopied(base) && isUnchanged(result, base) ? base : freeze(result)
  } finally {
    session.isOver = true
  }
}

function newSession(): Session {
  return { isOver: false, mixed: undefined, copies: undefined, seen: new Set(), cleaned: undefined }
}

function isUnchanged(copy: unknown, value: unknown): boolean {
  return sameInstance(copy, value) && sameOrder(copy, value)
}

/** What was changed in a copy is a change of the place that it stands at. */
function takeCopies(copies: readonly HandedOut[]): void {
  for (const { node, name, value, copy } of copies) {
    const isThere = current(node)[name] === copy
    if (isUnchanged(copy, value)) {
      if (isThere) node.copy![name] = value
    } else {
      if (isThere) change(node)
      mix(node)
    }
  }
}

function mix(node: DraftNode): void {
  node.isMixed = true
  mixedIn(node.session)
}

function mixedIn(session: Session): Mixed {
  session.mixed ??= { containers: [], members: [] }
  return session.mixed
}

/** At the end, for until then what holds itself may still be changed. */
function freezeMixed({ containers, members }: Mixed): void {
  for (const container of containers) Object.freeze(container)
  for (const member of members) freeze(member)
}

function synchronous<T>(result: T | undefined | void): T | undefined {
  if (typeof (result as { then?: unknown } | undefined)?.then !== "function") return result as T
  // It can only fail: its draft is over. Nobody else would hear of that.
  Promise.resolve(result).catch(() => {})
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    "The change of a live state returned a promise; wait first, then change it.",
  )
}

function isDraftable(value: unknown): value is Container {
  return Array.isArray(value) || isPlainObject(value)
}

function draftOf(node: DraftNode): Container {
  // An array's proxy needs an array behind it, or Array.isArray says no.
  const target = Array.isArray(node.base) ? Object.assign([], { node }) : node
  return new Proxy(target as unknown as Container, handler)
}

function nodeBehind(target: object): DraftNode {
  return target instanceof DraftNode ? target : (target as { node: DraftNode }).node
}

function current(node: DraftNode): Container {
  return node.copy ?? node.base
}

function writable(node: DraftNode): Container {
  node.copy ??= unfrozen(node.base)
  return node.copy
}

function change(node: DraftNode): Container {
  if (node.session.isOver) {
    throw new PersistError(
      "ERR_PERSIST_CLOSED",
      "A draft was changed after its update had returned; call update again and change the draft that it gives.",
    )
  }
  for (let up: DraftNode | undefined = node; up && !up.isChanged; up = up.parent)
    up.isChanged = true
  return writable(node)
}

const handler: ProxyHandler<Container> = {
  get(target, name) {
    const node = nodeBehind(target)
    if (name === nodeOf) return node
    const source = current(node)
    const value = source[name]
    if (node.session.isOver) return value
    if (!isDraftable(value)) return isCopied(value) ? handOut(node, name, value) : value
    if (!Object.hasOwn(source, name)) return value
    if (isDraft(value)) return value
    // What the recipe put there itself needs no draft, unless it is part of a value that was handed out.
    const isGiven = node.isGiven || value !== node.base[name]
    if (isGiven && !Object.isFrozen(value)) return value
    const inner = new DraftNode(value, node, node.session, isGiven)
    // It may as well be the recipe's own, with drafts in it.
    if (isGiven) mix(inner)
    const draft = draftOf(inner)
    writable(node)[name] = draft
    node.drafts.push({ name, draft, node: inner })
    return draft
  },
  set(target, name, value) {
    const node = nodeBehind(target)
    const source = current(node)
    if (Object.is(source[name], value) && (value !== undefined || Object.hasOwn(source, name))) {
      return true
    }
    const copy = change(node)
    if (typeof value === "object") mix(node)
    if (name === "__proto__") {
      Object.defineProperty(copy, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    } else copy[name] = value
    return true
  },
  deleteProperty(target, name) {
    const node = nodeBehind(target)
    return Object.hasOwn(current(node), name) ? Reflect.deleteProperty(change(node), name) : true
  },
  has: (target, name) => Reflect.has(current(nodeBehind(target)), name),
  ownKeys: (target) => Reflect.ownKeys(current(nodeBehind(target))),
  getOwnPropertyDescriptor(target, name) {
    const node = nodeBehind(target)
    const found = Reflect.getOwnPropertyDescriptor(current(node), name)
    if (found === undefined) return undefined
    const isLength = name === "length" && Array.isArray(node.base)
    // What is frozen, or has a getter, is plain data in a draft.
    return {
      value: handler.get!(target, name, target),
      writable: true,
      enumerable: found.enumerable === true,
      configurable: !isLength,
    }
  },
  defineProperty(target, name, descriptor) {
    if (!("value" in descriptor)) return false
    return handler.set!(target, name, descriptor.value, target)
  },
  getPrototypeOf: (target) => Reflect.getPrototypeOf(nodeBehind(target).base),
  // Both would change what stands behind the draft, and no value.
  setPrototypeOf: () => false,
  preventExtensions: () => false,
}

function handOut(node: DraftNode, name: PropertyKey, value: object): unknown {
  if (!Object.hasOwn(current(node), name)) return value
  // What the recipe put there itself needs no copy, unless it is part of a value that was handed out.
  if (value !== node.base[name] && !isFrozenInside(value)) return value
  const copy = copyOf(value) as object
  handedOut.set(copy, node.session)
  writable(node)[name] = copy
  node.session.copies ??= []
  node.session.copies.push({ node, name, value, copy })
  return copy
}

function isDraft(value: unknown): value is Container {
  return typeof value === "object" && value !== null && (value as Container)[nodeOf] !== undefined
}

/** The value without drafts in it. */
function finished(value: unknown, session: Session): unknown {
  if (isDraftable(value)) {
    const node = (value as Container)[nodeOf] as DraftNode | undefined
    if (node === undefined) return finishMembers(value, undefined, session)
    // Another live state's draft: what becomes of it later is none of this one's.
    return node.session === session ? finishNode(node) : copyOf(value)
  }
  const owner = isCopied(value) ? handedOut.get(value) : undefined
  if (owner && owner !== session && !owner.isOver) return copyOf(value)
  const { seen } = session
  if (!(types.isMap(value) || types.isSet(value)) || seen.has(value)) return value
  seen.add(value)
  if (types.isMap(value)) {
    for (const [key, member] of value) value.set(key, finished(member, session))
  } else {
    const members = [...value]
    value.clear()
    for (const member of members) value.add(finished(member, session))
  }
  return value
}

const nothing: Container = Object.freeze(Object.create(null))

function finishNode(node: DraftNode): Container {
  if (!node.isChanged) {
    return node.isGiven ? finishMembers(node.base, undefined, node.session) : node.base
  }
  const copy = node.copy!
  if (node.isFinished) return copy
  node.isFinished = true
  if (node.isMixed) {
    node.session.mixed!.containers.push(copy)
    return finishMembers(copy, node.isGiven ? nothing : node.base, node.session)
  }
  // Hot path: only what was read can be a draft.
  for (const { name, draft, node: inner } of node.drafts) {
    if (copy[name] === draft) copy[name] = finishNode(inner)
  }
  return Object.freeze(copy)
}

function finishMembers(
  container: Container,
  base: Container | undefined,
  session: Session,
): Container {
  if (session.seen.has(container)) return session.cleaned?.get(container) ?? container
  session.seen.add(container)
  // What is frozen already may be so at its top alone.
  const isLookedInto = base !== undefined || Object.isFrozen(container)
  let result = container
  for (const name of Object.keys(container)) {
    const member = container[name]
    if (base !== undefined && member === base[name]) continue
    const clean = finished(member, session)
    if (isLookedInto && typeof clean === "object" && !Object.isFrozen(clean)) {
      mixedIn(session).members.push(clean)
    }
    if (clean === member) continue
    if (result === container && Object.isFrozen(container)) {
      result = unfrozen(container)
      session.cleaned ??= new Map()
      session.cleaned.set(container, result)
    }
    result[name] = clean
  }
  return result
}
