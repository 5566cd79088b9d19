import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { describe, expect, test } from "vitest"

/** Most bytes of each entry point, minified and gzipped. Raising one is a decision: say why in the commit. */
const ceilings = {
  core: 4_000,
  index: 17_600,
  "policies/lru": 740,
  "policies/sieve": 450,
  "policies/s3fifo": 1_100,
  "policies/tinylfu": 3_325,
}

describe("size of the entry points", () => {
  for (const [entry, ceiling] of Object.entries(ceilings)) {
    test(`${entry} stays at or below ${ceiling} bytes`, async () => {
      const { outputFiles } = await build({
        entryPoints: [join(import.meta.dirname, "..", "src", `${entry}.ts`)],
        bundle: true,
        minify: true,
        format: "esm",
        target: "node22",
        write: false,
      })
      const size = gzipSync(outputFiles[0]!.contents, { level: 9 }).length
      expect(size).toBeGreaterThan(100)
      expect(size).toBeLessThanOrEqual(ceiling)
    })
  }
})
