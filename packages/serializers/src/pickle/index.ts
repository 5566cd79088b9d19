export type { PickleClass, PickleState } from "./class-registry.ts"
export { PickleSerializer, type PickleSerializerOptions } from "./pickle-serializer.ts"
