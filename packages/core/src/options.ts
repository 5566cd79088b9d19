export {
  abortedError,
  type Duration,
  invalidOption,
  optionsCheck,
  PersistError,
  throwIfAborted,
  toMilliseconds,
} from "@persist/atomic/options"
export { type Kind, type Kinds, kinds, valuesCheck } from "./storage/option-kinds.ts"
