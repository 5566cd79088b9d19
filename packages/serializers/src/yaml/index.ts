export { YamlSerializer, type YamlSerializerOptions } from "./yaml-serializer.ts"
