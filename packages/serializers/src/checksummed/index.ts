export {
  type ChecksumAlgorithm,
  type ChecksummedOptions,
  ChecksummedSerializer,
  checksummed,
} from "./checksummed-serializer.ts"
