import { outcomeScript } from "../scripts/outcome.ts"
import type { Script } from "../scripts/script.ts"
import type { Call, Part, PartKind } from "./call.ts"
import type { Argument } from "./client.ts"
import type { Link } from "./link.ts"

/** An operation that is looked for in a change log. */
interface LostOperation extends Part {
  readonly kind: LostOperations
  /** Its id; for how long it has been sent at most, and when at the earliest: as the script takes them. */
  readonly arguments: readonly string[]
}

/** What is known of a mutation whose answer was lost: the id of its change, or that there is none, or nothing. */
export type Outcome = { readonly found: string } | "ABSENT" | "UNKNOWN"

// By so much clocks may be wrong; more costs only a longer look into the log.
const clockSlack = 2_000
const most = Object.freeze({ parts: 1_000, bytes: Number.POSITIVE_INFINITY })
const noBytes = new Uint8Array()

/**
 * Looks for mutations whose answers were lost in one change log. With a connection all that was on its way is lost at
 * once: one question for each would keep the server busy with looking for them for many seconds.
 */
export class LostOperations implements PartKind {
  readonly script: Script = outcomeScript
  readonly most: PartKind["most"] = most
  readonly #log: string
  readonly #changes: () => number

  /** @param changes How many changes the log keeps at least. */
  constructor(log: string, changes: () => number) {
    this.#log = log
    this.#changes = changes
  }

  commandFor(operations: readonly LostOperation[]): Argument[] {
    const asked = operations.flatMap((operation) => operation.arguments)
    return ["EVAL", this.script.text, "1", this.#log, String(this.#changes()), ...asked]
  }

  /** Asks on `link` for a mutation that was sent on `lost`. @throws `LostReply`, or what the server answered. */
  async outcomeOf({ began, mutation }: Call, link: Link, lost: Link): Promise<Outcome> {
    const ahead = lost.identity?.clockAhead
    const operation: LostOperation = {
      kind: this,
      bytes: noBytes,
      arguments: [
        mutation!.id,
        String(Math.ceil(performance.now() - began) + clockSlack),
        ahead === undefined ? "" : String(Math.floor(began + ahead) - clockSlack),
      ],
    }
    const reply = await link.gather(operation, (error) => Promise.reject(link.failure(error)))
    const [state, found] = (reply as readonly unknown[]).map(String)
    return state === "FOUND" ? { found: found! } : (state as "ABSENT" | "UNKNOWN")
  }
}
