export {
  JsonSerializer,
  type JsonSerializerOptions,
  type Limits,
  PersistError,
  type PersistErrorCode,
  Serializer,
} from "@persist/core"
export {
  type ChecksumAlgorithm,
  type ChecksummedOptions,
  ChecksummedSerializer,
  checksummed,
} from "./checksummed/checksummed-serializer.ts"
export {
  type CompressedOptions,
  CompressedSerializer,
  type Compression,
  compressed,
} from "./compressed/compressed-serializer.ts"
export { type DetectOptions, detect } from "./detect/detect.ts"
export {
  type EncryptedOptions,
  EncryptedSerializer,
  encrypted,
} from "./encrypted/encrypted-serializer.ts"
export { type EncryptionKey, generateKey, type ScryptCost } from "./encrypted/key-source.ts"
export {
  type MsgpackExtension,
  MsgpackSerializer,
  type MsgpackSerializerOptions,
} from "./msgpack/msgpack-serializer.ts"
export type { PickleClass, PickleState } from "./pickle/pickle-class.ts"
export { PickleSerializer, type PickleSerializerOptions } from "./pickle/pickle-serializer.ts"
export { type TemporalNamespace, temporalClasses } from "./pickle/temporal-classes.ts"
export type { StandardSchema } from "./validated/standard-schema.ts"
export { ValidatedSerializer, validated } from "./validated/validated-serializer.ts"
export { YamlSerializer, type YamlSerializerOptions } from "./yaml/yaml-serializer.ts"
