import { setTimeout as delay } from "node:timers/promises"
import { abortedError } from "@persist/core/options"
import type { Replication } from "../durability/replication.ts"
import { described, indeterminate, unanswered } from "../errors/connection-errors.ts"
import { isAnswer, isPassing } from "../errors/server-errors.ts"
import { again, type Call, isPart, type SendAlone, withText } from "./call.ts"
import { callFailure } from "./call-failure.ts"
import type { Reply } from "./client.ts"
import { Done } from "./done.ts"
import type { Wait } from "./endpoint.ts"
import type { Recover } from "./gathering.ts"
import { Lines, type Place } from "./lines.ts"
import type { Link } from "./link.ts"
import { LostOperations } from "./lost-operations.ts"
import { LostReply } from "./lost-reply.ts"
import { raced } from "./raced.ts"
import type { Topology } from "./topology.ts"

/** How a caller behaves. */
export interface CallerSettings {
  /** Milliseconds within which every call settles. */
  readonly timeout: number
  /** Says how many changes the log of a shard keeps at least. */
  readonly layout: { readonly manifest: { readonly changes: number } }
}

/**
 * Carries calls out: on the connection there is, or on the next one. What may be repeated is repeated until its
 * deadline. A mutation whose answer was lost is looked for in the server's change log, and sent again only when
 * it is certain that it was not done and will not be done behind our back.
 */
export class Caller {
  readonly topology: Topology
  /** When a delete was asked for last, on `performance.now()`. */
  deletedAt = 0
  readonly #settings: CallerSettings
  readonly #replication: Replication | undefined
  /** By the log that they are looked for in. */
  readonly #lost = new Map<string, LostOperations>()
  readonly #lines = new Lines()
  #pause: Promise<void> | undefined

  /** @param replication Confirms writes, where that is asked for. */
  constructor(topology: Topology, settings: CallerSettings, replication?: Replication) {
    this.topology = topology
    this.#settings = settings
    this.#replication = replication
  }

  /** @throws `PersistError`; `Done` for a mutation that was found to be done. */
  call(call: Call): Promise<Reply> {
    const link = this.topology.link(call.shard)
    if (link === undefined || call.signal !== undefined || !this.#lines.isEmpty) {
      return this.#abortable(call, link)
    }
    return this.#send(call, link)
  }

  #send(call: Call, link: Link, how?: SendAlone): Promise<Reply> {
    const recover = (error: unknown) => this.#recover(call, link, link.failure(error))
    if (call.tag !== undefined) {
      const reply = this.#write(call, link, how, (error) => Promise.reject(error))
      return reply.then((done) => this.#confirmed(call, link, done), recover)
    }
    return this.#write(call, link, how, recover)
  }

  #write(
    { command, script, mode }: Call,
    link: Link,
    how: SendAlone | undefined,
    recover: Recover,
  ): Promise<Reply> {
    if (isPart(command)) {
      return how === undefined
        ? link.gather(command, recover)
        : link.sendAlone(command, how, recover)
    }
    return link.write(how?.isText ? withText(script!, command) : command, mode).catch(recover)
  }

  #confirmed<T>(call: Call, link: Link, reply: T): Promise<T> | T {
    const until = call.began + this.#settings.timeout
    const confirming = this.#replication?.confirm(link, call.tag!, until)
    return confirming === undefined ? reply : confirming.then(() => reply)
  }

  #abortable(call: Call, link: Link | undefined): Promise<Reply> {
    const isFree = link !== undefined && this.#lines.isFree(call.shard)
    const work = isFree ? this.#send(call, link) : this.#persist(call, this.#lines.join(call))
    const { signal } = call
    return raced(work, signal).catch((error) => {
      throw signal?.aborted && error === signal.reason
        ? abortedError(signal, described(call.operation, call.key))
        : error
    })
  }

  /**
   * Sends when there is a connection, and nobody is before it in line.
   *
   * @param lost The reply that is missing, when it may have been done already.
   */
  async #persist(call: Call, place: Place, lost?: LostReply): Promise<Reply> {
    const wait: Wait = { until: call.began + this.#settings.timeout, signal: call.signal }
    try {
      for (;;) {
        try {
          const link = await this.topology.ready(call.shard, wait)
          if (lost !== undefined && call.mutation !== undefined) {
            const work = this.#isUndone(call, link, lost, place)
            if (!(await this.#inTime(call, work))) continue
          }
          await place.turn()
          if (link.end === undefined) return this.#sendAgain(call, link)
        } catch (error) {
          const isInTime = performance.now() < wait.until
          if (!isInTime || !(error instanceof LostReply)) throw this.#failure(call, error, lost)
        }
      }
    } finally {
      place.leave()
    }
  }

  /** A link ends some time after it falls silent; what has waited already waits no longer than it may. */
  #sendAgain(call: Call, link: Link, how?: SendAlone): Promise<Reply> {
    // Its caller has gone on: it must not come after what was asked for since.
    if (call.signal?.aborted) return Promise.reject(call.signal.reason)
    return this.#inTime(call, this.#send(call, link, how))
  }

  #inTime<T>(call: Call, work: Promise<T>): Promise<T> {
    const { timeout } = this.#settings
    const what = described(call.operation, call.key)
    return new Promise((resolve, reject) => {
      const late = () => {
        const cause = new Error("The server has not answered on its new connection.")
        reject(
          call.mutation === undefined
            ? unanswered(what, call.key, timeout, cause)
            : indeterminate(what, call.key, `no answer came within ${timeout} ms`, cause),
        )
      }
      const timer = setTimeout(late, Math.max(0, call.began + timeout - performance.now()))
      work.finally(() => clearTimeout(timer)).then(resolve, reject)
    })
  }

  async #recover(asked: Call, link: Link, error: unknown): Promise<Reply> {
    if (error instanceof LostReply) {
      return this.#persist(again(asked, this.deletedAt), this.#lines.join(asked), error)
    }
    if (isAnswer(error)) {
      const answer = error.message
      const isInTime = performance.now() < asked.began + this.#settings.timeout
      const isUnknown = answer.startsWith("NOSCRIPT") && asked.script !== undefined
      const isSentOn = isInTime && answer.startsWith("ASK ")
      // Before it stands in line: that server may be away, and what this one has is served meanwhile.
      const other = isSentOn ? await this.#redirected(asked, link, answer) : link
      const call = again(asked, this.deletedAt)
      const place = this.#lines.join(call)
      // It has forgotten the others too: what calls one that it was told again would come before what calls another.
      if (isUnknown) link.tellScripts?.()
      if (isUnknown || isSentOn) {
        try {
          // What was asked for before it may have to be sent again too.
          await place.turn()
          // Both are written at once, so nothing comes between them.
          if (isSentOn) other.send(["ASKING"]).catch(() => {})
          // With the text to another server at once: asked for it, it would have to be told ASKING again.
          return this.#sendAgain(call, other, { isText: call.script !== undefined })
        } finally {
          place.leave()
        }
      }
      if (isInTime && (await this.#isToAskAgain(call, link, answer))) {
        return this.#persist(call, place)
      }
      place.leave()
    }
    throw this.#failure(asked, error)
  }

  /** Whether the server did nothing, and it or another one may do it when asked again, as it is time to then. */
  async #isToAskAgain(call: Call, link: Link, answer: string): Promise<boolean> {
    const isMoved = answer.startsWith("MOVED ")
    if (isMoved || isPassing(answer)) this.topology.misdirected(call.shard, link, answer)
    else if (!answer.startsWith("ASK ")) return false
    if (isMoved) return true
    // One for all that is turned away together.
    this.#pause ??= delay(10 + Math.random() * 40).finally(() => {
      this.#pause = undefined
    })
    await this.#pause
    return true
  }

  #redirected(call: Call, link: Link, answer: string): Promise<Link> {
    const wait = { until: call.began + this.#settings.timeout, signal: call.signal }
    return this.topology.redirected(link, answer, wait).catch((error) => {
      throw this.#failure(call, error)
    })
  }

  /**
   * Whether it is certain that the mutation was not done; else it is to be asked again.
   *
   * @throws `Done`, or that it cannot be known.
   */
  async #isUndone(call: Call, link: Link, lost: LostReply, place: Place): Promise<boolean> {
    const outcome = await this.#lostIn(call.mutation!.log)
      .outcomeOf(call, link, lost.link)
      .catch(async (error) => {
        if (isAnswer(error) && (await this.#isToAskAgain(call, link, error.message))) return false
        throw error
      })
    if (outcome === false) return false
    if (typeof outcome === "object") {
      place.leave()
      throw await this.#confirmed(call, link, new Done(outcome.found))
    }
    const isElsewhere = lost.link.identity?.runId !== link.identity?.runId
    if (outcome === "ABSENT" && (lost.link.isOver || isElsewhere)) return true
    const why =
      outcome === "ABSENT"
        ? "its connection was lost, and the server may still hold what was sent on it"
        : "its connection was lost, and the change log no longer reaches back to it"
    const { operation, key } = call
    throw indeterminate(described(operation, key), key, why, lost.cause)
  }

  #lostIn(log: string): LostOperations {
    let lost = this.#lost.get(log)
    if (lost === undefined) {
      lost = new LostOperations(log, () => this.#settings.layout.manifest.changes)
      this.#lost.set(log, lost)
    }
    return lost
  }

  #failure(call: Call, error: unknown, lost?: LostReply): unknown {
    return callFailure(call, error, this.#settings.timeout, lost)
  }
}
