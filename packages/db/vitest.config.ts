import { mergeConfig } from "vitest/config"
import shared from "../../.ci/vitest.config.ts"

export default mergeConfig(shared, {
  test: {
    globalSetup: "./test/support/global-setup.ts",
    // What a file costs is loading the drivers and starting PGlite: the files of a process share
    // both. No file changes what another one imports.
    isolate: false,
    // Much of the time is spent waiting: for servers that are silent on purpose, and for processes.
    maxWorkers: 2,
  },
})
