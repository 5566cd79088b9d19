import { type Address, shownAddress } from "./address.ts"
import { Refusal } from "./endpoint.ts"
import type { Location } from "./location.ts"
import type { NamedPrimary } from "./sentinel-question.ts"

/** Milliseconds between two questions whether the primary is still the same. */
export const askEvery = 1_000
/** Milliseconds that the others have to answer once the first one has. */
const patience = 250

/**
 * Asks sentinels where the primary is, and believes the one that knows of the latest failover: one that is cut off from
 * the others names for ever who was it once.
 */
export class PrimaryFinder {
  readonly #location: Location
  readonly #ask: (sentinel: Address) => Promise<NamedPrimary>
  /** Counts whose turn it is to come first. */
  #turn = 0
  /** The latest that was heard of. */
  #latest: NamedPrimary | undefined

  constructor(location: Location, ask: (sentinel: Address) => Promise<NamedPrimary>) {
    this.#location = location
    this.#ask = ask
  }

  /** Asks all of them at once, for who connects; whoever is silent holds nobody up. */
  async find(): Promise<NamedPrimary> {
    const answers: NamedPrimary[] = []
    const failures: unknown[] = []
    const asked = this.#inTurn().map(async (node, place) => {
      answers[place] = await this.#ask(node)
    })
    await Promise.any(asked).catch((error: AggregateError) => failures.push(...error.errors))
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, patience)
    await Promise.race([Promise.allSettled(asked), late])
    clearTimeout(timer)
    // Without the gaps of those that have not answered.
    const named = Object.values(answers)
    return this.#judge(
      named.reduce<NamedPrimary | undefined>(later, undefined),
      failures,
      named.length,
    )
  }

  /** Asks the next one alone; others only where it does not know, or knows less than we. */
  async next(): Promise<NamedPrimary> {
    const failures: unknown[] = []
    let best: NamedPrimary | undefined
    const nodes = this.#inTurn()
    for (const node of nodes) {
      try {
        best = later(best, await this.#ask(node))
        if (!isBefore(best, this.#latest)) break
      } catch (error) {
        failures.push(error)
      }
    }
    return this.#judge(best, failures, nodes.length - failures.length)
  }

  /** To be called where who was found cannot be reached, or is none: without epochs, another sentinel may know better. */
  doubt(): void {
    if (this.#latest?.epoch === undefined) this.#latest = undefined
  }

  /** Of those that tell no epochs none is known to know more: the one that was believed goes on to come first. */
  #inTurn(): readonly Address[] {
    const { nodes } = this.#location
    const believed = this.#latest
    const isKept = believed !== undefined && believed.epoch === undefined
    const first = isKept ? nodes.indexOf(believed.by) : this.#turn++ % nodes.length
    return [...nodes.slice(first), ...nodes.slice(0, first)]
  }

  /**
   * Where none knows as much as we, we know more than they; but for where most of them say so: then they were made to
   * forget, and the one that knows most counts. One that tells no epoch is believed where none does that answers.
   */
  #judge(best: NamedPrimary | undefined, failures: readonly unknown[], answered: number) {
    const { nodes, name } = this.#location
    if (best === undefined) {
      const refusal = failures.find((failure) => failure instanceof Refusal)
      if (refusal !== undefined) throw refusal
      throw new Error(`None of the ${nodes.length} sentinels could tell where "${name}" is.`, {
        cause: failures.at(-1),
      })
    }
    const isOutdated = best.epoch !== undefined && isBefore(best, this.#latest)
    if (!isOutdated || answered > nodes.length / 2) this.#latest = best
    return this.#latest!
  }
}

/**
 * Whether `named` is not who we are connected to. Of one failover two sentinels may know by different names.
 *
 * @param linked As it was named when the connection was made.
 */
export function isAnother(
  { address, epoch, by }: NamedPrimary,
  linked: NamedPrimary | undefined,
): boolean {
  if (linked === undefined || shownAddress(address) === shownAddress(linked.address)) return false
  return epoch === undefined || epoch !== linked.epoch || by === linked.by
}

function later(one: NamedPrimary | undefined, other: NamedPrimary): NamedPrimary {
  return one === undefined || isBefore(one, other) ? other : one
}

/** Whether `one` knows of fewer failovers; who does not tell of how many counts as who knows of none. */
function isBefore({ epoch = -1 }: NamedPrimary, other: NamedPrimary | undefined): boolean {
  return other !== undefined && epoch < (other.epoch ?? -1)
}
