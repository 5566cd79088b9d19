/** What drafts stand for: a plain object or an array. */
export type Container = Record<PropertyKey, unknown>

/** What the drafts of one change share. */
export interface Session {
  /** The recipe has returned: what it kept of the draft must not reach into the value any more. */
  isOver: boolean
  /** What is to be frozen when all is finished; set when something was put in somewhere. */
  mixed: Mixed | undefined
  /** Copies that were handed out. */
  copies: HandedOut[] | undefined
  /** What was looked through for drafts, for a value may hold itself. */
  readonly seen: Set<object>
  /** What became of that which was frozen, with drafts in it. */
  cleaned: Map<Container, Container> | undefined
}

/** What a change made of the containers in which something was put, and what was put there. */
export interface Mixed {
  readonly containers: Container[]
  readonly members: unknown[]
}

/** What stands behind one draft: the container that it reads, and its copy once something changes. */
export class DraftNode {
  readonly base: Container
  readonly parent: DraftNode | undefined
  readonly session: Session
  /** Whether the recipe put the base there, or something around it. */
  readonly isGiven: boolean
  copy: Container | undefined = undefined
  isChanged = false
  /** Whether something was put in that may hold drafts, so that everything has to be looked through. */
  isMixed = false
  isFinished = false
  /** The drafts that were made of members, under their names. */
  readonly drafts: {
    readonly name: PropertyKey
    readonly draft: Container
    readonly node: DraftNode
  }[] = []

  constructor(base: Container, parent: DraftNode | undefined, session: Session, isGiven: boolean) {
    this.base = base
    this.parent = parent
    this.session = session
    this.isGiven = isGiven
  }
}

/** A map, set, date or typed array, and the copy of it that the recipe got to change. */
export interface HandedOut {
  readonly node: DraftNode
  readonly name: PropertyKey
  readonly value: object
  readonly copy: unknown
}
