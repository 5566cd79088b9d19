export { JsonSerializer, type JsonSerializerOptions } from "@persist/core"
