/** One argument of a command. */
export type Argument = string | Buffer

/** What a server answers, as far as this package asks. */
export type Reply = string | number | Buffer | null | undefined | readonly Reply[]

/** How the strings of an answer are wanted. */
export interface CommandMode {
  readonly typeMapping: { readonly [type: number]: unknown }
}

/** The type byte of a bulk string in RESP. */
const bulkString = 36

/** Bulk strings as buffers; by default they are text. */
export const asBuffers: CommandMode = Object.freeze({
  typeMapping: Object.freeze({ [bulkString]: Buffer }),
})

/** Ends a connection. A client of an older `redis` throws when it has ended by itself. */
export function end(connection: RedisConnection): void {
  try {
    connection.destroy()
  } catch {}
}

/** Ends a connection that may be in the making: a client that is ended while it connects may connect all the same. */
export function endConnecting(connection: RedisConnection, connecting: Promise<unknown>): void {
  end(connection)
  connecting.then(
    () => end(connection),
    () => {},
  )
}

/** What this package calls of one connection of node-redis. */
export interface RedisConnection {
  connect(): Promise<unknown>
  destroy(): void
  /** Lets the process end while it is connected. */
  unref(): void
  sendCommand(arguments_: readonly Argument[], mode?: CommandMode): Promise<unknown>
  on(event: string, listener: (cause: unknown) => void): unknown
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<void>
  sSubscribe(channel: string, listener: (message: string, channel: string) => void): Promise<void>
  unsubscribe(channel: string): Promise<void>
  sUnsubscribe(channel: string): Promise<void>
}
