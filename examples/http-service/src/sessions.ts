import { randomBytes } from "node:crypto"
import { CacheStorage, type Storage } from "@persist/all"

/** Who is signed in. */
export interface Session {
  readonly name: string
  readonly visits: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

const lifetime = 30 * 60_000
const subfolder = "sessions"

/**
 * Sessions in a storage, with the ones in use in memory. What another process of the service
 * changes is forgotten here as soon as the storage tells of it.
 */
export class Sessions implements AsyncDisposable {
  readonly #storage: Storage
  readonly #near = new CacheStorage<string, Session>({ maxSize: 10_000, defaultTtl: "1m" })
  readonly #closing = new AbortController()
  readonly #watching: Promise<void>

  constructor(storage: Storage) {
    this.#storage = storage
    this.#watching = this.#forgetWhatChanges()
  }

  /** Begins a session and returns its token. */
  async begin(name: string): Promise<string> {
    const token = randomBytes(24).toString("base64url")
    await this.#storage.save(
      token,
      { name, visits: 0, expiresAt: Date.now() + lifetime },
      this.#options,
    )
    return token
  }

  /** The session of a token, unless it has ended. */
  async find(token: string): Promise<Session | undefined> {
    const load = () => this.#storage.load<Session>(token, { subfolder })
    const session = await this.#near.getOrSet(token, load as () => Promise<Session>, {
      negativeTtl: 0,
    })
    return session !== undefined && session.expiresAt > Date.now() ? session : undefined
  }

  /** Counts a visit; none is lost, however many processes count. */
  async visit(token: string): Promise<Session | undefined> {
    if ((await this.find(token)) === undefined) return undefined
    const change = (session: Session | undefined) => {
      if (session === undefined) throw new SessionEnded()
      return { ...session, visits: session.visits + 1, expiresAt: Date.now() + lifetime }
    }
    try {
      return await this.#storage.update<Session>(token, change, this.#options)
    } catch (error) {
      if (error instanceof SessionEnded) return undefined
      throw error
    } finally {
      this.#near.delete(token)
    }
  }

  /** Ends a session everywhere. */
  async end(token: string): Promise<void> {
    await this.#storage.delete(token, { subfolder })
    this.#near.delete(token)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#watching
    await this.#near.close()
  }

  /** Where the storage can, it removes by itself what has expired. */
  get #options() {
    return this.#storage.supports.ttl ? { subfolder, ttl: lifetime } : { subfolder }
  }

  async #forgetWhatChanges(): Promise<void> {
    const changes = this.#storage.watch({ subfolder, signal: this.#closing.signal })
    for await (const { type, key } of changes) {
      if (type === "gap") this.#near.clear()
      else this.#near.delete(key)
    }
  }
}

class SessionEnded extends Error {}
