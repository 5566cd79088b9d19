/** What is lost: the request itself, or the reply to it. */
export type TrapKind = "request" | "reply"

/** Waits for a request with certain bytes. */
export class Trap {
  readonly kind: TrapKind
  readonly matching: Buffer
  /** Resolves when it has done its work. */
  readonly sprung: Promise<void>
  /** Says that it has done its work. */
  readonly spring: () => void

  constructor(kind: TrapKind, matching: Buffer) {
    this.kind = kind
    this.matching = matching
    const { promise, resolve } = Promise.withResolvers<void>()
    this.sprung = promise
    this.spring = resolve
  }
}
