import {
  type Change,
  type DeleteRequest,
  type Entry,
  type HistoryEntry,
  PersistError,
  type ScanRequest,
  Storage,
  type StorageOptions,
  type StorageSupport,
  type StoredValue,
  storageOptionNames,
  type UpdateRequest,
  type WriteRequest,
} from "@persist/core"
import { optionsCheck } from "@persist/core/options"
import { KeyOrder } from "./key-order.ts"
import { ListingPlans } from "./listing-plans.ts"
import type { OpenStorages } from "./open-storages.ts"
import type { Plan } from "./plan.ts"
import { Purging } from "./purging.ts"
import type { StoreAccess } from "./store-access.ts"
import { assertStoreName } from "./store-name.ts"
import { conflict, type LostRace, lostRace, StorePlans } from "./store-plans.ts"
import { StoreTables } from "./store-tables.ts"
import { watchStates } from "./watch-states.ts"

const check = optionsCheck<StorageOptions>("storage", storageOptionNames)
const pageSize = 500
const mostAttempts = 100

/**
 * The storage contract on two tables of a database: `persist_<name>` and `persist_<name>_history`.
 * It takes part in the session around it, so that a value and rows commit together.
 */
export class TableStorage extends Storage {
  readonly supports: StorageSupport
  readonly #access: StoreAccess
  readonly #open: OpenStorages
  readonly #tables: StoreTables
  readonly #plans: StorePlans
  readonly #listing: ListingPlans
  readonly #purging: Purging
  readonly #order = new KeyOrder()
  #preparing: Promise<void> | undefined
  #isReady = false

  /** @internal Made by `DatabaseStorage.storage`. */
  constructor(name: string, access: StoreAccess, open: OpenStorages, options: StorageOptions = {}) {
    check(options)
    super(options)
    assertStoreName(name)
    this.#access = access
    this.#open = open
    this.#tables = new StoreTables(name, access.dialect, this.clock)
    this.#plans = new StorePlans(this.#tables)
    this.#listing = new ListingPlans(this.#tables)
    this.#purging = new Purging(access, this.#listing, this.logger)
    this.supports = Object.freeze({
      persistent: access.isPersistent,
      multiProcess: access.isPersistent,
      history: true,
      sync: access.now !== undefined,
      ttl: true,
      fence: true,
      watch: true,
    })
  }

  /** `Storage.close`. @throws Also `ERR_PERSIST_SESSION` in the change of an update that it waits for. */
  override async close(): Promise<void> {
    this.#open.changes.assertOutside("close", this)
    await super.close()
  }

  protected override _read(key: string): Promise<StoredValue | undefined> {
    if (!this.#isReady) return this.#readFirst(key)
    const { sql, values } = this.#plans.readStep(key)
    return this.#access.execute(sql, values).then((result) => this.#plans.readResult(key, result))
  }

  async #readFirst(key: string): Promise<StoredValue | undefined> {
    await this.#prepare()
    return this.#access.run(this.#plans.read(key))
  }

  protected override _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    return this.#inOrder(key, request, () => this.#writeNow(key, bytes, request))
  }

  async #writeNow(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    if (!this.#isReady) await this.#prepare()
    const writing = isSimple(request)
      ? this.#access.run(this.#plans.replace(key, bytes, request))
      : this.#transact(key, () => this.#plans.write(key, bytes, request))
    return request.expiresAt === undefined ? writing : this.#purging.after(writing)
  }

  /**
   * In a session nobody waits in the line of those who update the key: who stands first there may wait for this
   * session's end. And what it reads is what is there now, not what it has seen before.
   */
  protected override async _update(key: string, given: UpdateRequest): Promise<Entry> {
    const request = this.#open.changes.noted(this, key, given)
    if (!this.#access.isInSession) return super._update(key, request)
    await this.#prepare()
    for (let attempt = 1; ; attempt++) {
      const result = await this.#access.together(() => this.#updateOnce(key, request))
      if (result !== lostRace || attempt >= mostAttempts) return done(key, result)
    }
  }

  async #updateOnce(key: string, { next }: UpdateRequest): Promise<Entry | LostRace> {
    const current = await this.#access.run(this.#plans.readToUpdate(key))
    const { bytes, request } = await next(current)
    const ifRevision = current?.entry.revision ?? null
    try {
      const writing = this.#access.run(this.#plans.write(key, bytes, { ...request, ifRevision }))
      return await (request.expiresAt === undefined ? writing : this.#purging.after(writing))
    } catch (error) {
      // There was nothing to hold, and somebody else was first.
      if (current === undefined && PersistError.is(error, "ERR_PERSIST_CONFLICT")) return lostRace
      throw error
    }
  }

  protected override _delete(key: string, request: DeleteRequest): Promise<boolean> {
    return this.#inOrder(key, request, async () => {
      if (!this.#isReady) await this.#prepare()
      return this.#purging.after(this.#transact(key, () => this.#plans.delete(key, request)))
    })
  }

  /**
   * SQLite has one connection that writes, and a session one of its own: who waited there might wait for its end.
   * So no change may wait before it has its place in the line of that connection.
   */
  #inOrder<T>(
    key: string,
    { signal }: Pick<WriteRequest, "signal">,
    change: () => Promise<T>,
  ): Promise<T> {
    const isOrdered = this.#access.now !== undefined || this.#access.isInSession
    return isOrdered ? change() : this.#order.run(key, signal, change)
  }

  protected override async *_entries({ prefix }: ScanRequest): AsyncGenerator<Entry> {
    await this.#prepare()
    let end: readonly unknown[] | undefined
    do {
      const { entries, last } = await this.#access.run(this.#listing.page(prefix, end, pageSize))
      yield* entries
      end = last
    } while (end !== undefined)
  }

  protected override async _keys({ prefix }: ScanRequest): Promise<string[]> {
    await this.#prepare()
    return this.#access.run(this.#listing.keys(prefix))
  }

  protected override async _history(key: string): Promise<readonly HistoryEntry[]> {
    await this.#prepare()
    return this.#access.run(this.#plans.history.list(key))
  }

  protected override async _readHistory(key: string, id: string): Promise<StoredValue | undefined> {
    await this.#prepare()
    return this.#access.run(this.#plans.history.read(key, id))
  }

  protected override async _quarantine(key: string, damaged: StoredValue): Promise<void> {
    await this.#access.transact(() => this.#plans.history.quarantine(key, damaged))
  }

  protected override _watch({ prefix, signal }: ScanRequest): AsyncIterable<Change> {
    this.#open.keep(this, signal!)
    if (this.#access.now !== undefined) this.#prepareNow()
    return watchStates({
      signal: signal!,
      prepare: () => this.#prepare(),
      read: () => this.#access.observe(this.#listing.states(prefix)),
      readNow: () => this.#access.now?.run(this.#listing.states(prefix)),
      clock: this.clock,
      mark: () => this.#access.changeMark(),
      ...(this.#listing.canDigest && {
        digest: () => this.#access.observe(this.#listing.digest(prefix)),
      }),
      ...(this.#access.subscribe && {
        subscribe: (wake: () => void) => this.#access.subscribe!(this.#tables.name, wake),
      }),
    })
  }

  protected override _readSync(key: string): StoredValue | undefined {
    this.#prepareNow()
    return this.#access.now!.run(this.#plans.read(key))
  }

  protected override _writeSync(key: string, bytes: Uint8Array, request: WriteRequest): Entry {
    this.#prepareNow()
    const { now } = this.#access
    const entry = isSimple(request)
      ? now!.run(this.#plans.replace(key, bytes, request))
      : done(
          key,
          now!.transact(() => this.#plans.write(key, bytes, request)),
        )
    return request.expiresAt === undefined ? entry : this.#purging.afterNow(entry)
  }

  protected override _historySync(key: string): readonly HistoryEntry[] {
    return this.#access.now!.run(this.#plans.history.list(key))
  }

  protected override _readHistorySync(key: string, id: string): StoredValue | undefined {
    this.#prepareNow()
    return this.#access.now!.run(this.#plans.history.read(key, id))
  }

  /** Whoever came in between decides nothing: the plan looks again. */
  async #transact<T>(key: string, plan: () => Plan<T | LostRace>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const result = await this.#access.transact(plan)
      if (result !== lostRace || attempt >= mostAttempts) return done(key, result)
    }
  }

  async #prepare(): Promise<void> {
    if (this.#isReady) return
    // In a session that is rolled back, the tables would go with it: each session makes sure itself.
    if (this.#access.isInSession) {
      if (await this.#access.create(this.#plans.creation)) this.#isReady = true
      return
    }
    this.#preparing ??= this.#access.create(this.#plans.creation).then(
      () => {
        this.#isReady = true
      },
      (error: unknown) => {
        this.#preparing = undefined
        throw error
      },
    )
    await this.#preparing
  }

  #prepareNow(): void {
    if (this.#isReady) return
    if (this.#access.now!.create(this.#plans.creation)) this.#isReady = true
  }
}

function isSimple({ ifRevision, version, backup, fence }: WriteRequest): boolean {
  return [ifRevision, version, backup, fence].every((option) => option === undefined)
}

function done<T>(key: string, result: T | LostRace): T {
  if (result === lostRace) throw conflict(key)
  return result as T
}
