import type { Link } from "./link.ts"

/** The connection ended before the answer came: whether the server has done what it was sent is unknown. */
export class LostReply extends Error {
  readonly link: Link

  constructor(link: Link, cause: unknown) {
    super("The connection was lost before the reply came.", { cause })
    this.link = link
  }
}
