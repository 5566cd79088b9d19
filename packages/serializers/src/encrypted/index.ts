export {
  type EncryptedOptions,
  EncryptedSerializer,
  encrypted,
} from "./encrypted-serializer.ts"
export { type EncryptionKey, generateKey, type ScryptCost } from "./key-source.ts"
