/** A container whose children are being written without recursion. */
export class Frame {
  readonly container: object
  /** Children in the order in which they are written; a string key of an object is one too. */
  readonly children: readonly unknown[]
  /** How many there were when the container was opened. */
  readonly length: number
  index: number = 0

  constructor(container: object, children: readonly unknown[]) {
    this.container = container
    this.children = children
    this.length = children.length
  }
}

/** Marks the key of an object among the children of a frame, since it is no node of its own. */
export class KeyOf {
  readonly key: string

  constructor(key: string) {
    this.key = key
  }
}
