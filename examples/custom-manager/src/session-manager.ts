import { randomUUID } from "node:crypto"
import type { Storage } from "@persist/core"

/** A visitor's session. */
export interface Session {
  readonly user: string
  readonly createdAt: string
  readonly visits: number
}

const subfolder = "sessions"

/**
 * A manager of your own is one class over `Storage`: it gives keys a meaning, and leaves bytes,
 * durability and locking to whatever storage it is handed.
 */
export class SessionManager {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Starts a session. @returns Its id. */
  async start(user: string): Promise<string> {
    const id = randomUUID()
    const session: Session = { user, createdAt: new Date().toISOString(), visits: 1 }
    await this.#storage.save(id, session, { subfolder, ifRevision: null })
    return id
  }

  /** Counts a visit; no visit is lost, however many processes count. */
  async visit(id: string): Promise<Session> {
    return this.#storage.update<Session>(
      id,
      (session) => {
        if (session === undefined) throw new Error(`There is no session ${id}.`)
        return { ...session, visits: session.visits + 1 }
      },
      { subfolder },
    )
  }

  /** Ends the sessions that nobody has touched for so many milliseconds. @returns How many. */
  async expire(idleFor: number): Promise<number> {
    let expired = 0
    for await (const { key, savedAt, revision } of this.#storage.entries({ subfolder })) {
      if (Date.now() - savedAt.getTime() < idleFor) continue
      // A visit that comes in between changes the revision, and keeps its session.
      const deleted = this.#storage.delete(key, { subfolder, ifRevision: revision })
      if (await deleted.catch(() => false)) expired++
    }
    return expired
  }
}
