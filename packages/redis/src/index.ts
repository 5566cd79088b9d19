export type { BusSentinel, RedisInvalidationBusOptions } from "./cache/bus-options.ts"
export { RedisInvalidationBus } from "./cache/invalidation-bus.ts"
export type { InvalidationMessage } from "./cache/invalidation-message.ts"
export type { RedisStorageOptions } from "./options.ts"
