export {
  type CompressedOptions,
  CompressedSerializer,
  type Compression,
  compressed,
} from "./compressed-serializer.ts"
