export type { RedisStorageOptions } from "./options.ts"
