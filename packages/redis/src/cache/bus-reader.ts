import type { BusConnection } from "./bus-connection.ts"
import { BusLocator } from "./bus-locator.ts"
import type { BusSettings } from "./bus-options.ts"
import { compareIds, type StreamEntry } from "./bus-script.ts"
import { type BusListener, readMessage } from "./invalidation-message.ts"
import { RetryPause } from "./retry-pause.ts"
import { Silence } from "./silence.ts"

/** Follows the stream for all listeners of one bus, over one connection after the other. */
export class BusReader {
  readonly #settings: BusSettings
  readonly #listeners: ReadonlySet<BusListener>
  readonly #locator: BusLocator
  readonly #silence: Silence
  readonly #end = new AbortController()
  readonly #heartbeat: number
  #connection: BusConnection | undefined
  /** Id of the entry that was read last, and the run of the server that it was read from. */
  #last = "0-0"
  #run: string | undefined

  constructor(settings: BusSettings, listeners: ReadonlySet<BusListener>) {
    this.#settings = settings
    this.#listeners = listeners
    this.#locator = new BusLocator(settings, this.#end.signal)
    this.#heartbeat = Math.ceil(Math.min(settings.staleAfter / 4, 1000))
    this.#silence = new Silence(settings.staleAfter, () =>
      this.#missed(`nothing was heard of the server for ${settings.staleAfter} ms`),
    )
    this.#silence.broken(performance.now())
    void this.#follow()
  }

  stop(): void {
    this.#end.abort()
    this.#silence.stop()
    this.#connection?.close()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#end
    for (const pause = new RetryPause(); !signal.aborted; ) {
      try {
        this.#connection = await this.#locator.open()
        if (signal.aborted) return
        await this.#resume(this.#connection)
        pause.reset()
        while (!signal.aborted) await this.#read(this.#connection)
      } catch (error) {
        if (signal.aborted) return
        const isMoved = this.#locator.follow(error)
        if (!isMoved && pause.isFirst) {
          this.#settings.logger?.warn?.("The invalidation bus lost its connection.", error)
        }
        await pause.wait(isMoved, signal)
      } finally {
        this.#connection?.close()
        this.#connection = undefined
      }
    }
  }

  /** The same run of the same server still has everything; any other may have lost something. */
  async #resume(connection: BusConnection): Promise<void> {
    const asked = performance.now()
    const top = await this.#top(connection)
    const run = await this.#runOf(connection)
    if (run !== undefined && run === this.#run) return
    this.#last = top
    const isFirst = this.#run === undefined
    this.#run = run
    this.#silence.broken(asked)
    this.#missed(isFirst ? undefined : "it is another server, or it was started again")
  }

  /** Id of the last entry. */
  async #top(connection: BusConnection): Promise<string> {
    const { channel } = this.#settings
    const last = await this.#ask(connection, "XREVRANGE", channel, "+", "-", "COUNT", "1")
    return (last as StreamEntry[])[0]?.[0] ?? "0-0"
  }

  /** Which run of a server this is; undefined where it may not be asked. */
  async #runOf(connection: BusConnection): Promise<string | undefined> {
    try {
      return /run_id:(\w+)/.exec(String(await this.#ask(connection, "INFO", "server")))?.[1]
    } catch (error) {
      if (!/^NOPERM|^ERR unknown command/.test((error as Error).message)) throw error
      return undefined
    }
  }

  async #read(connection: BusConnection): Promise<void> {
    const asked = performance.now()
    const block = String(this.#heartbeat)
    const { channel, staleAfter } = this.#settings
    const command = ["XREAD", "COUNT", "1000", "BLOCK", block, "STREAMS", channel, this.#last]
    const reply = await connection.send(command, this.#heartbeat + staleAfter)
    if (this.#end.signal.aborted) return
    const [entries = []] = Object.values((reply ?? {}) as Record<string, StreamEntry[]>)
    for (const entry of entries) this.#hear(entry)
    if (entries.length === 0) await this.#lookForOther(connection)
    this.#silence.broken(asked)
  }

  /** A stream that was removed begins anew, with a clock set back before where it is read from: nothing would come. */
  async #lookForOther(connection: BusConnection): Promise<void> {
    const top = await this.#top(connection)
    if (compareIds(top, this.#last) >= 0) return
    this.#last = "0-0"
    this.#missed("the stream was removed")
  }

  #hear([id, [, before, , text]]: StreamEntry): void {
    if (before !== this.#last) this.#missed("the stream no longer has what came next")
    this.#last = id
    const message = readMessage(text)
    if (message === undefined) this.#missed("a sender had to leave out messages")
    else this.#tell((listener) => listener.onMessage(message))
  }

  #missed(reason: string | undefined): void {
    if (reason !== undefined) {
      this.#settings.logger?.warn?.(`Invalidations may have been missed: ${reason}.`)
    }
    this.#tell((listener) => listener.onReconnect())
  }

  #tell(say: (listener: BusListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        say(listener)
      } catch (error) {
        this.#settings.logger?.error?.("A listener of the invalidation bus threw.", error)
      }
    }
  }

  #ask(connection: BusConnection, ...command: string[]): Promise<unknown> {
    return connection.send(command, this.#settings.staleAfter)
  }
}
