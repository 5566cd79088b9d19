export { encodedBy } from "../coding.ts"
export { hasOnlyElements } from "../json/only-elements.ts"
export { decodeUtf8 } from "../json/utf8.ts"
export { brief } from "./brief.ts"
export { exhaustedWriting, exhaustionError } from "./exhaustion.ts"
export {
  type Limits,
  limitError,
  longestTextError,
  type ResolvedLimits,
  resolveLimits,
} from "./limits.ts"
export {
  encodeError,
  encoding,
  formatPath,
  type PathSegment,
  reasonOf,
  unreadable,
} from "./path.ts"
export { className, describeValue, isPlainArray, isPlainObject, setOwn } from "./plain.ts"
export { datePrototype, homePrototype } from "./realm.ts"
export { requireBytes } from "./require-bytes.ts"
export { unfoldedLimit } from "./unfolded.ts"
