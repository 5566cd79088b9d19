import type { Endpoint, Wait } from "./endpoint.ts"
import type { Link } from "./link.ts"

/** Which server holds what. */
export interface Topology {
  /** Whether keys are spread over several servers. */
  readonly isSharded: boolean
  /** The connection to the server of `shard`, if there is one now. */
  link(shard: number): Link | undefined
  /** Waits for it. @throws As `Endpoint.ready`. */
  ready(shard: number, wait: Wait): Promise<Link>
  /** The endpoints in use, one for each server. */
  endpoints(): Iterable<Endpoint>
  /**
   * A server has answered that it does not serve the shard (any more), or is not the one to write to.
   *
   * @param answer The message of its error.
   */
  misdirected(shard: number, link: Link, answer: string): void
  close(): void
}
