export {
  abortedError,
  type Duration,
  invalidOption,
  longestTimer,
  optionsCheck,
  PersistError,
  throwIfAborted,
  toMilliseconds,
} from "@persist/atomic/options"
export { nextTurn, othersTurn, readAnewSync, whenAborted } from "@persist/atomic/waiting"
export { isDiskFull } from "./is-disk-full.ts"
export { isError } from "./is-error.ts"
export { parseExactly } from "./json/exact-keys.ts"
export { lazyDependency } from "./lazy-dependency.ts"
export { leavable } from "./leavable.ts"
export { storageClock } from "./storage/clock.ts"
export { type Kind, type Kinds, kinds, valuesCheck } from "./storage/option-kinds.ts"
export { unlessAborted } from "./unless-aborted.ts"
