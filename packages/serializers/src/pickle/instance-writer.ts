import { describeValue, reasonOf } from "@persist/core/values"
import { synchronous } from "../synchronous.ts"
import { Tag } from "./format.ts"
import type { RegisteredClass } from "./pickle-class.ts"
import { Problem } from "./problem.ts"
import { isState } from "./state.ts"
import type { TokenWriter } from "./token-writer.ts"

/** Makes the tokens of instances; a class is described once, and then has a number. */
export class InstanceWriter {
  readonly #out: TokenWriter
  readonly #numbers = new Map<RegisteredClass, number>()

  constructor(out: TokenWriter) {
    this.#out = out
  }

  token(registered: RegisteredClass): unknown {
    const number = this.#numbers.get(registered)
    if (number !== undefined) return [Tag.Instance, number]
    this.#numbers.set(registered, this.#numbers.size)
    const { name, version, isError } = registered
    return [Tag.Instance, this.#out.text(name), version, isError ? 1 : 0]
  }
}

/** What is stored of an instance: what its class saves, or itself. */
export function stateOf(instance: object, registered: RegisteredClass | undefined): object {
  if (registered?.save === undefined) return instance
  let state: unknown
  try {
    state = synchronous(registered.save(instance))
  } catch (cause) {
    throw new Problem(
      `could not be saved by ${registered.name}: ${reasonOf(cause)}`,
      undefined,
      cause,
    )
  }
  if (state === instance || isState(state)) return state as object
  throw new Problem(
    `was saved by ${registered.name} as ${describeValue(state)}, which is no object of properties`,
  )
}
