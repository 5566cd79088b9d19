export type { PickleClass, PickleState } from "./pickle-class.ts"
export { PickleSerializer, type PickleSerializerOptions } from "./pickle-serializer.ts"
export { type TemporalNamespace, temporalClasses } from "./temporal-classes.ts"
