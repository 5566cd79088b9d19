import { PersistError } from "@persist/atomic"
import type { StorageFaults } from "../../src/conformance/index.ts"
import type {
  DeleteRequest,
  Entry,
  ScanRequest,
  StoredValue,
  WriteRequest,
} from "../../src/index.ts"
import { MemoryStorage } from "./memory-storage.ts"

interface Trap {
  readonly text: string
  readonly loses: "request" | "reply"
  readonly spring: () => void
}

/** How long a request waits for its reply in a black hole; without one the memory answers, however busy the machine is. */
const deadline = 60

/** A link to a server in memory, with the faults of one. */
export class MemoryLink implements StorageFaults {
  readonly #traps = new Set<Trap>()
  #healed: PromiseWithResolvers<void> | undefined
  #cuts = new Set<() => void>()

  dropReplyOnce(text: string): Promise<void> {
    return this.#trap(text, "reply")
  }

  dropRequestOnce(text: string): Promise<void> {
    return this.#trap(text, "request")
  }

  blackHole(): void {
    this.#healed ??= Promise.withResolvers()
  }

  cut(): void {
    for (const cut of this.#cuts) cut()
  }

  heal(): void {
    this.#traps.clear()
    this.#healed?.resolve()
    this.#healed = undefined
  }

  /** Has the server carry out a request, if it gets there, and hands back the reply, if that does. */
  async call<T>(request: string, carryOut: () => Promise<T>): Promise<T> {
    const trap = [...this.#traps].find(({ text }) => request.includes(text))
    if (trap) this.#traps.delete(trap)
    trap?.spring()
    if (trap?.loses === "request") throw lost()
    const { promise: cut, reject } = Promise.withResolvers<never>()
    const fail = () => reject(lost())
    const timer = this.#healed === undefined ? undefined : setTimeout(fail, deadline)
    this.#cuts.add(fail)
    const arrived = this.#healed === undefined ? carryOut() : this.#healed.promise.then(carryOut)
    try {
      const reply = await Promise.race([arrived, cut])
      if (trap?.loses === "reply") throw lost()
      return reply
    } finally {
      clearTimeout(timer)
      this.#cuts.delete(fail)
      arrived.catch(() => {})
    }
  }

  #trap(text: string, loses: Trap["loses"]): Promise<void> {
    return new Promise((resolve) => this.#traps.add({ text, loses, spring: resolve }))
  }
}

function lost(): PersistError {
  return new PersistError("ERR_PERSIST_INDETERMINATE", "The connection was lost.")
}

/** The reference backend with a link between it and its values, which says what it cannot know. */
export class LinkedStorage extends MemoryStorage {
  readonly link: MemoryLink = new MemoryLink()

  protected override _read(key: string): Promise<StoredValue | undefined> {
    return this.link.call(`read ${key}`, () => super._read(key))
  }

  protected override _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    const text = Buffer.from(bytes).toString()
    return this.link.call(`write ${key} ${text}`, () => super._write(key, bytes, request))
  }

  protected override _delete(key: string, request: DeleteRequest): Promise<boolean> {
    return this.link.call(`delete ${key}`, () => super._delete(key, request))
  }

  protected override async *_entries(request: ScanRequest): AsyncIterable<Entry> {
    yield* await this.link.call("entries", async () => {
      const entries: Entry[] = []
      for await (const entry of super._entries(request)) entries.push(entry)
      return entries
    })
  }

  protected override _history(key: string) {
    return this.link.call(`history ${key}`, () => super._history(key))
  }

  protected override _readHistory(key: string, id: string) {
    return this.link.call(`history ${key}`, () => super._readHistory(key, id))
  }
}
