import type { Wait } from "./endpoint.ts"
import type { Link } from "./link.ts"

/** Which server holds what. */
export interface Topology {
  /** Whether keys are spread over several servers. */
  readonly isSharded: boolean
  /** The connection to the server of `shard`, if there is one now. */
  link(shard: number): Link | undefined
  /** Waits for it. @throws As `Endpoint.ready`. */
  ready(shard: number, wait: Wait): Promise<Link>
  /**
   * A server has answered that it does not serve the shard (any more), or is not the one to write to.
   *
   * @param answer The message of its error.
   */
  misdirected(shard: number, link: Link, answer: string): void
  /** The server that an answer such as `ASK 42 host:port` names for this one time. */
  redirected(link: Link, answer: string, wait: Wait): Promise<Link>
  close(): void
}
