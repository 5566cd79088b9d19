import type { BusMessage, TierStore } from "../src/index.ts"
import { settle } from "./deferred.ts"

/** A store that keeps JSON, as files and databases do. */
export class JsonStore implements TierStore {
  readonly texts = new Map<string, string>()
  failing = false
  saves = 0

  async load(key: string): Promise<unknown> {
    this.#check()
    const text = this.texts.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }

  async save(key: string, value: unknown): Promise<void> {
    this.#check()
    this.saves++
    this.texts.set(key, JSON.stringify(value))
  }

  async delete(key: string): Promise<boolean> {
    this.#check()
    return this.texts.delete(key)
  }

  #check(): void {
    if (this.failing) throw new Error("tier down")
  }
}

/** `store`, which has what is saved at once and says so once `answer` is there. */
export function answeringLate(store: TierStore, answer: Promise<void>): TierStore {
  return {
    load: (name) => store.load(name),
    save: async (name, value) => {
      await store.save(name, value)
      await answer
    },
    delete: (name) => store.delete(name),
  }
}

/** Carries every message at once, as JSON. */
export class Bus {
  readonly listeners: [(message: BusMessage) => void, () => void][] = []
  readonly sent: BusMessage[] = []

  publish(message: BusMessage): void {
    this.sent.push(message)
    for (const [onMessage] of this.listeners) onMessage(JSON.parse(JSON.stringify(message)))
  }

  subscribe(onMessage: (message: BusMessage) => void, onReconnect: () => void): () => void {
    const entry: [(message: BusMessage) => void, () => void] = [onMessage, onReconnect]
    this.listeners.push(entry)
    return () => this.listeners.splice(this.listeners.indexOf(entry), 1)
  }
}

/** A bus whose messages are on their way until they are let arrive. */
export function slowBus() {
  const held: (() => void)[] = []
  const listeners: ((message: BusMessage) => void)[] = []
  const bus = {
    publish: (message: BusMessage) => {
      for (const listen of listeners) held.push(() => listen(message))
    },
    subscribe: (listen: (message: BusMessage) => void) => void listeners.push(listen),
  }
  const arrive = async () => {
    for (const deliver of held.splice(0)) deliver()
    await settle()
  }
  return { bus, arrive }
}
