/**
 * Faults between a storage and its server, that the suite causes; a `TcpProxy` fits. Requests are known by
 * a text that the suite puts into the value.
 */
export interface StorageFaults {
  /**
   * Lets the next request that contains `text` be carried out, and loses its reply.
   *
   * @returns Resolves when that has happened.
   */
  dropReplyOnce(text: string): Promise<void>
  /** Loses the next request that contains `text` before it is carried out. @returns Resolves when that has happened. */
  dropRequestOnce(text: string): Promise<void>
  /**
   * Nothing arrives any more, in either direction; what was sent arrives after `heal`, however late. Without it
   * the check that every operation settles then is left out, and said to be.
   */
  blackHole?(): void | Promise<void>
  /** Cuts every open connection; new ones go through. */
  cut(): void | Promise<void>
  /** Ends everything of the above. */
  heal(): void | Promise<void>
}
