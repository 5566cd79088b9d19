/** A place in a `WaitingLine`. */
export interface Place<T> {
  readonly value: T
}

interface Link<T> extends Place<T> {
  previous: Link<T> | undefined
  next: Link<T> | undefined
  isQueued: boolean
}

/** First come, first served; joining, leaving and being served take constant time. */
export class WaitingLine<T> {
  #first: Link<T> | undefined
  #last: Link<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Puts `value` at the end. */
  join(value: T): Place<T> {
    const link: Link<T> = { value, previous: this.#last, next: undefined, isQueued: true }
    if (this.#last) this.#last.next = link
    else this.#first = link
    this.#last = link
    this.#size++
    return link
  }

  /** Takes a place out of the line; nothing happens when it has been served already. */
  leave(place: Place<T>): void {
    const link = place as Link<T>
    if (!link.isQueued) return
    link.isQueued = false
    if (link.previous) link.previous.next = link.next
    else this.#first = link.next
    if (link.next) link.next.previous = link.previous
    else this.#last = link.previous
    this.#size--
  }

  /** Takes the first out of the line. */
  serve(): T | undefined {
    const link = this.#first
    if (link === undefined) return undefined
    this.leave(link)
    return link.value
  }
}
