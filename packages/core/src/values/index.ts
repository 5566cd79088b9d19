export { type Limits, limitError, type ResolvedLimits, resolveLimits } from "./limits.ts"
export { encodeError, formatPath, type PathSegment } from "./path.ts"
export { className, describeValue, isPlainArray, isPlainObject } from "./plain.ts"
