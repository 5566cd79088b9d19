export { YamlSerializer, type YamlSerializerOptions } from "./yaml/yaml-serializer.ts"
