import { types } from "node:util"

interface Frame {
  readonly value: object
  readonly children: Iterator<unknown>
}

/**
 * The instances in the order in which they can be finished: after all that their states hold, however far
 * down, but for cycles. Costs a visit to everything that they hold.
 */
export function finishOrder(states: ReadonlyMap<object, object>): object[] {
  const order: object[] = []
  const seen = new Set<object>()
  const stack: Frame[] = []
  const enter = (value: unknown) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.add(value)
    stack.push({ value, children: childrenOf(states.get(value) ?? value) })
  }
  for (const instance of states.keys()) {
    enter(instance)
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const next = frame.children.next()
      if (!next.done) enter(next.value)
      else {
        stack.pop()
        if (states.has(frame.value)) order.push(frame.value)
      }
    }
  }
  return order
}

function childrenOf(container: object): Iterator<unknown> {
  if (types.isMap(container)) return [...container].flat().values()
  if (types.isSet(container)) return container.values()
  if (ArrayBuffer.isView(container)) return [].values()
  // What an object of a class computes when it is asked is not asked for.
  return Reflect.ownKeys(container)
    .map((key) => Object.getOwnPropertyDescriptor(container, key)?.value)
    .values()
}
