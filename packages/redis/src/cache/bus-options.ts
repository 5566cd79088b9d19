import type { Duration, Logger } from "@persist/core"
import {
  invalidOption,
  kinds,
  longestTimer,
  optionsCheck,
  toMilliseconds,
} from "@persist/core/options"
import type { ClientTemplate } from "../connection/connect.ts"
import { type Location, readLocation } from "../connection/location.ts"
import type { SentinelAddresses } from "../connection/sentinels.ts"

/** Options of `RedisInvalidationBus`. */
export interface RedisInvalidationBusOptions {
  /** Where the server is: `redis://`, `rediss://` for TLS, or `unix://`. @default "redis://127.0.0.1:6379" */
  readonly url?: string | undefined
  /** A client of `redis` instead of `url`, as for a `RedisStorage`; it stays yours. */
  readonly client?: ClientTemplate | undefined
  /** Sentinels that know the server, instead of `url`. */
  readonly sentinel?: SentinelAddresses | undefined
  /** Addresses of some nodes of a Redis Cluster, instead of `url`. */
  readonly cluster?: readonly string[] | undefined
  /** Key of the stream that carries the messages; caches with different ones hear nothing of each other. @default "persist:bus" */
  readonly channel?: string | undefined
  /** A cache that has heard nothing of the server for so long forgets everything, and again after each further while. 100 ms to 24 days. @default "5s" */
  readonly staleAfter?: Duration | undefined
  /** About how many messages the stream keeps, for caches that come back after a short absence. @default 10000 */
  readonly history?: number | undefined
  /** Is told of lost connections, silences and gaps. @default none */
  readonly logger?: Logger | undefined
}

/** The options, checked, with defaults applied. */
export interface BusSettings {
  readonly location: Location
  readonly channel: string
  readonly staleAfter: number
  readonly history: number
  readonly logger: Logger | undefined
}

const check = optionsCheck<RedisInvalidationBusOptions>("RedisInvalidationBus", {
  url: true,
  client: true,
  sentinel: true,
  cluster: true,
  channel: true,
  staleAfter: true,
  history: true,
  logger: true,
})

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function readBusOptions(options: RedisInvalidationBusOptions): BusSettings {
  check(options)
  const { channel = "persist:bus", history = 10_000, logger } = options
  if (logger !== undefined && !kinds.logger.test(logger)) {
    throw invalidOption("logger", logger, kinds.logger.allowed)
  }
  if (typeof channel !== "string" || channel === "") {
    throw invalidOption("channel", channel, "a string that is not empty")
  }
  if (!Number.isSafeInteger(history) || history < 1) {
    throw invalidOption("history", history, "a whole number of at least 1")
  }
  const staleAfter = toMilliseconds(options.staleAfter ?? "5s", "staleAfter")
  if (!(staleAfter >= 100 && staleAfter <= longestTimer)) {
    throw invalidOption("staleAfter", options.staleAfter, "100 ms to 24 days")
  }
  const location = readLocation("RedisInvalidationBus", options)
  return { location, channel, staleAfter, history, logger }
}
