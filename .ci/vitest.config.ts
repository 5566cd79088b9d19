import { join } from "node:path"
import { defineConfig } from "vitest/config"

// Shared by every package: the report that `pnpm test` counts, a folder for temporary files that goes with the run,
// and limits that only a test that hangs reaches, even on a machine that does much else.
export default defineConfig({
  test: {
    globalSetup: [join(import.meta.dirname, "run-folder.ts")],
    reporters: ["default", "json"],
    outputFile: { json: ".turbo/tests.json" },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
})
