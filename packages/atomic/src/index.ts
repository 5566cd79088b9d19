export type { Duration } from "./options.ts"
export { PersistError, type PersistErrorCode, type PersistErrorOptions } from "./persist-error.ts"
export {
  type Durability,
  type WriteFileAtomicOptions,
  writeFileAtomic,
  writeFileAtomicSync,
} from "./write-file-atomic.ts"
