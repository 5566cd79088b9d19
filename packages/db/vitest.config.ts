import { mergeConfig } from "vitest/config"
import shared from "../../.ci/vitest.config.ts"

export default mergeConfig(shared, { test: { globalSetup: "./test/support/global-setup.ts" } })
