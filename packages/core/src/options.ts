export {
  abortedError,
  type Duration,
  invalidOption,
  optionsCheck,
  throwIfAborted,
  toMilliseconds,
} from "@persist/atomic/options"
