import { PersistError } from "@persist/core"
import { isPlainObject } from "../../plain-object.ts"

type Container = Record<PropertyKey, unknown>

const nodeOf = Symbol("draft")

/** What stands behind one draft: the container that it reads, and its copy once something changes. */
class DraftNode {
  readonly base: Container
  readonly parent: DraftNode | undefined
  copy: Container | undefined = undefined
  isChanged = false
  /** Whether something was put in that may hold drafts, so that everything has to be looked through. */
  isMixed = false
  /** The drafts that were made of members, under their names. */
  readonly drafts: {
    readonly name: PropertyKey
    readonly draft: Container
    readonly node: DraftNode
  }[] = []

  constructor(base: Container, parent: DraftNode | undefined) {
    this.base = base
    this.parent = parent
  }
}

/**
 * Runs `recipe` on a draft of `base` and returns the changed value; `base` stays as it is, and what
 * was not changed is shared. Plain objects and arrays can be changed through the draft; everything
 * else in them (dates, maps, class instances) is to be replaced, not changed. What `recipe` returns
 * is the new value, unless it changed the draft.
 */
export function produce<T>(base: T, recipe: (draft: T) => T | undefined | void): T {
  if (!isDraftable(base)) return synchronous(recipe(base)) ?? base
  const node = new DraftNode(base as unknown as Container, undefined)
  const result = synchronous(recipe(draftOf(node) as T))
  if (result === undefined || node.isChanged) return finishNode(node) as T
  return finished(result) as T
}

function synchronous<T>(result: T | undefined | void): T | undefined {
  if (typeof (result as { then?: unknown } | undefined)?.then !== "function") return result as T
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
  if (node.copy === undefined) {
    node.copy = (Array.isArray(node.base) ? node.base.slice() : { ...node.base }) as Container
  }
  return node.copy
}

function change(node: DraftNode): Container {
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
    if (!isDraftable(value) || !Object.hasOwn(source, name)) return value
    if (value !== node.base[name] || isDraft(value)) return value
    const inner = new DraftNode(value, node)
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
    if (typeof value === "object" || Array.isArray(node.base)) node.isMixed = true
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
    return { ...found, configurable: !isLength, value: handler.get!(target, name, target) }
  },
  defineProperty(target, name, descriptor) {
    if (!("value" in descriptor)) return false
    return handler.set!(target, name, descriptor.value, target)
  },
  getPrototypeOf: (target) => Reflect.getPrototypeOf(nodeBehind(target).base),
}

function isDraft(value: unknown): value is Container {
  return typeof value === "object" && value !== null && (value as Container)[nodeOf] !== undefined
}

/** The value without drafts in it. */
function finished(value: unknown): unknown {
  if (!isDraftable(value)) return value
  const node = (value as Container)[nodeOf] as DraftNode | undefined
  return node === undefined ? finishMembers(value, undefined) : finishNode(node)
}

function finishNode(node: DraftNode): Container {
  if (!node.isChanged) return node.base
  const copy = node.copy!
  if (node.isMixed) return finishMembers(copy, node.base)
  // Hot path: only what was read can be a draft.
  for (const { name, draft, node: inner } of node.drafts) {
    if (copy[name] === draft) copy[name] = finishNode(inner)
  }
  return copy
}

function finishMembers(container: Container, base: Container | undefined): Container {
  for (const name of Object.keys(container)) {
    const member = container[name]
    if (base !== undefined && member === base[name]) continue
    const clean = finished(member)
    if (clean !== member) container[name] = clean
  }
  return container
}
