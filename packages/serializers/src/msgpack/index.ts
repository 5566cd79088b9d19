export {
  type MsgpackExtension,
  MsgpackSerializer,
  type MsgpackSerializerOptions,
} from "./msgpack-serializer.ts"
