import { defineConfig } from "vitest/config"

// Shared by every package: the report that `pnpm test` counts, and limits that only a test that
// hangs reaches, even on a machine that does much else.
export default defineConfig({
  test: {
    reporters: ["default", "json"],
    outputFile: { json: ".turbo/tests.json" },
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
