export type { StandardSchema } from "./standard-schema.ts"
export { ValidatedSerializer, validated } from "./validated-serializer.ts"
