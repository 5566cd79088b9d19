export {
  type Change,
  type Entry,
  type HistoryEntry,
  JsonSerializer,
  PersistError,
  type PersistErrorCode,
} from "@persist/core"
export type { RedisInvalidationBusOptions } from "./cache/bus-options.ts"
export { RedisInvalidationBus } from "./cache/invalidation-bus.ts"
export type { InvalidationMessage } from "./cache/invalidation-message.ts"
export type { ClientTemplate } from "./connection/connect.ts"
export type { SentinelAddresses } from "./connection/sentinels.ts"
export type { EvictionPolicy, RedisDurability, RedisStorageOptions } from "./options.ts"
export { RedisStorage } from "./redis-storage.ts"
