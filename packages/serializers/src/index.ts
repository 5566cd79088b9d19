export { JsonSerializer, type JsonSerializerOptions } from "@persist/core"
export {
  type MsgpackExtension,
  MsgpackSerializer,
  type MsgpackSerializerOptions,
} from "./msgpack/msgpack-serializer.ts"
export type { PickleClass, PickleState } from "./pickle/class-registry.ts"
export { PickleSerializer, type PickleSerializerOptions } from "./pickle/pickle-serializer.ts"
export { YamlSerializer, type YamlSerializerOptions } from "./yaml/yaml-serializer.ts"
