import { JsonSerializer } from "../../src/index.ts"

// The same tests where so much was written before that the encoder has taken over.
new JsonSerializer().encode("x".repeat(2 ** 23))

await import("../json-serializer.test.ts")
