/** A container whose children are being written without recursion. */
export interface Frame {
  readonly container: object
  /** Children in the order in which they are written; a string key of an object is one too. */
  readonly children: readonly unknown[]
  index: number
}

/** Marks the key of an object among the children of a frame, since it is no node of its own. */
export class KeyOf {
  readonly key: string

  constructor(key: string) {
    this.key = key
  }
}
