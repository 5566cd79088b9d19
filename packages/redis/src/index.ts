export type { BusMessage } from "./cache/bus-message.ts"
export type { BusSentinel, RedisInvalidationBusOptions } from "./cache/bus-options.ts"
export { RedisInvalidationBus } from "./cache/invalidation-bus.ts"
export type { RedisStorageOptions } from "./options.ts"
