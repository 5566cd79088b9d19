import { expect, test } from "vitest"
import { historyRounds } from "./history-rounds.ts"

// The long form is torture/main.ts.
test("any sequence of steps, from three processes, gives the model's history", async () => {
  const seed = Number(process.env.PERSIST_SEED ?? 1)
  await expect(historyRounds(12, seed)).resolves.toBeUndefined()
})
