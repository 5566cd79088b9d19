import { PersistError } from "@persist/atomic"
import type { LeaseGrant, LeaseRefusal, LeaseStore } from "../../src/index.ts"
import type { Machine, Simulation } from "./simulation.ts"

interface LeaseRecord {
  readonly token: number
  readonly nonce: string
  readonly expiresAt: number
}

/** The records of a lease store, by its own clock. */
export class LeaseRecords {
  readonly #records = new Map<string, LeaseRecord>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Who holds `name`, if anybody. */
  holder(name: string): LeaseRecord | undefined {
    const record = this.#records.get(name)
    return record !== undefined && record.expiresAt > this.#now() ? record : undefined
  }

  acquire(name: string, nonce: string, ttl: number): LeaseGrant | LeaseRefusal {
    const held = this.holder(name)
    if (held !== undefined && held.nonce !== nonce) {
      return { heldFor: held.expiresAt - this.#now(), holder: held.nonce }
    }
    const last = this.#records.get(name)
    const token = last?.nonce === nonce ? last.token : (last?.token ?? 0) + 1
    this.#records.set(name, { token, nonce, expiresAt: this.#now() + ttl })
    return { token }
  }

  renew(name: string, nonce: string, ttl: number): boolean {
    const held = this.holder(name)
    if (held?.nonce !== nonce) return false
    this.#records.set(name, { ...held, expiresAt: this.#now() + ttl })
    return true
  }

  /** What no lease store should do. */
  forget(name: string): void {
    this.#records.delete(name)
  }

  release(name: string, nonce: string): void {
    const held = this.holder(name)
    if (held?.nonce === nonce) this.#records.set(name, { ...held, expiresAt: 0 })
  }
}

/** What a link does with one request. */
export interface Transit {
  /** Milliseconds until the request arrives, and then until the reply does. */
  readonly request: number
  readonly reply: number
  /** What is lost on the way. */
  readonly loses?: "request" | "reply" | undefined
}

/** How long a lost answer is waited for. */
const deadline = 400

/** The lease store as one machine sees it, over a link. */
export class LinkedLeaseStore implements LeaseStore {
  /** What was asked, as `acquire nonce-1`. */
  readonly asked: string[] = []
  readonly #records: LeaseRecords
  readonly #simulation: Simulation
  readonly #machine: Machine
  readonly #transit: (asked: string) => Transit

  constructor(
    records: LeaseRecords,
    simulation: Simulation,
    machine: Machine,
    transit: (asked: string) => Transit = () => ({ request: 1, reply: 1 }),
  ) {
    this.#records = records
    this.#simulation = simulation
    this.#machine = machine
    this.#transit = transit
  }

  acquire(name: string, nonce: string, ttl: number): Promise<LeaseGrant | LeaseRefusal> {
    return this.#call(`acquire ${nonce}`, () => this.#records.acquire(name, nonce, ttl))
  }

  renew(name: string, nonce: string, ttl: number): Promise<boolean> {
    return this.#call(`renew ${nonce}`, () => this.#records.renew(name, nonce, ttl))
  }

  release(name: string, nonce: string): Promise<void> {
    return this.#call(`release ${nonce}`, () => this.#records.release(name, nonce))
  }

  #call<T>(asked: string, carryOut: () => T): Promise<T> {
    this.asked.push(asked)
    const { request, reply, loses } = this.#transit(asked)
    return new Promise((resolve, reject) => {
      if (loses !== undefined) {
        const lost = new PersistError("ERR_PERSIST_INDETERMINATE", `No reply to ${asked}.`)
        this.#simulation.schedule(deadline, () => this.#machine.whenFree(() => reject(lost)))
      }
      if (loses === "request") return
      this.#simulation.schedule(request, () => {
        const answer = carryOut()
        if (loses === "reply") return
        this.#simulation.schedule(reply, () => this.#machine.whenFree(() => resolve(answer)))
      })
    })
  }
}
