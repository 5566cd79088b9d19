export {
  abortedError,
  type Duration,
  invalidOption,
  optionsCheck,
  PersistError,
  throwIfAborted,
  toMilliseconds,
} from "@persist/atomic/options"
