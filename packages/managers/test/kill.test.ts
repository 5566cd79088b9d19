import { expect, test } from "vitest"
import { type KillMode, killRounds } from "./kill-rounds.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

// The long form, 100 kills each, is torture/main.ts.
test.each<KillMode>(["live", "checkpoint", "config", "log", "rotation"])(
  "kill -9 during %s loses nothing that was promised",
  async (mode) => {
    expect(await killRounds(temporaryDirectory(), mode, 4)).toBeGreaterThan(1)
  },
)
