import { mergeConfig } from "vitest/config"
import shared from "../../.ci/vitest.config.ts"

// Every test file starts servers of its own: more than two at a time would only make them slow.
export default mergeConfig(shared, { test: { maxWorkers: 2 } })
