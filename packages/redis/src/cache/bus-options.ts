import type { Duration, Logger } from "@persist/core"
import { invalidOption, optionsCheck, toMilliseconds } from "@persist/core/options"
import type { SentinelAddresses } from "../connection/sentinels.ts"

/** Options of `RedisInvalidationBus`. */
export interface RedisInvalidationBusOptions {
  /** Where the server is: `redis://`, or `rediss://` for TLS. @default "redis://127.0.0.1:6379" */
  readonly url?: string | undefined
  /** Sentinels that know the server, instead of `url`. */
  readonly sentinel?: SentinelAddresses | undefined
  /** Addresses of some nodes of a Redis Cluster, instead of `url`. */
  readonly cluster?: readonly string[] | undefined
  /** Key of the stream that carries the messages; caches with different ones hear nothing of each other. @default "persist:bus" */
  readonly channel?: string | undefined
  /** A cache that has heard nothing of the server for so long forgets everything, and again after each further while. At least 100 ms. @default "5s" */
  readonly staleAfter?: Duration | undefined
  /** About how many messages the stream keeps, for caches that come back after a short absence. @default 10000 */
  readonly history?: number | undefined
  /** Is told of lost connections, silences and gaps. @default none */
  readonly logger?: Logger | undefined
}

/** The options, checked, with defaults applied. */
export interface BusSettings {
  /** Nodes to begin with. */
  readonly urls: readonly string[]
  readonly sentinel: SentinelAddresses | undefined
  readonly channel: string
  readonly staleAfter: number
  readonly history: number
  readonly logger: Logger | undefined
}

const check = optionsCheck<RedisInvalidationBusOptions>("RedisInvalidationBus", {
  url: true,
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
  const { url, sentinel, cluster, channel = "persist:bus", history = 10_000, logger } = options
  if ([url, sentinel, cluster].filter((one) => one !== undefined).length > 1) {
    throw invalidOption(
      "url",
      url,
      "left out where sentinel or cluster is given, and only one of them",
    )
  }
  if (typeof channel !== "string" || channel === "") {
    throw invalidOption("channel", channel, "a string that is not empty")
  }
  if (!Number.isSafeInteger(history) || history < 1) {
    throw invalidOption("history", history, "a whole number of at least 1")
  }
  const staleAfter = toMilliseconds(options.staleAfter ?? "5s", "staleAfter")
  if (staleAfter < 100) throw invalidOption("staleAfter", options.staleAfter, "at least 100 ms")
  const urls = sentinel?.nodes ?? cluster ?? [url ?? "redis://127.0.0.1:6379"]
  if (!Array.isArray(urls) || urls.length === 0 || !urls.every(isAddress)) {
    throw invalidOption("url", urls, "addresses that begin with redis:// or rediss://")
  }
  return { urls, sentinel, channel, staleAfter, history, logger }
}

function isAddress(url: unknown): boolean {
  return typeof url === "string" && /^rediss?:\/\//.test(url) && URL.canParse(url)
}
