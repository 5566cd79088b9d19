import { CacheStorage } from "@persist/cache"
import type { Demand, InventoryDatabase } from "./inventory-database.ts"
import { duration, type Report } from "./report.ts"

/** Asks the database a question twice; the second answer comes from the cache. */
export async function askTwice(report: Report, database: InventoryDatabase): Promise<void> {
  const answers = new CacheStorage<string, Demand[]>({ maxSize: 100, defaultTtl: "5m" })
  const ask = async () => {
    const start = performance.now()
    const answer = await answers.getOrSet("most needed", () => database.mostNeeded(3))
    return { answer, milliseconds: performance.now() - start }
  }
  await report.step(
    "ask twice",
    "Ask which packages most others need, twice",
    async () => [await ask(), await ask()] as const,
    ([first, second]) =>
      [
        `1st answer, from SQLite, in ${duration(first.milliseconds)}: ${inWords(first.answer)}`,
        `2nd answer, from the cache, in ${duration(second.milliseconds)}: ${inWords(second.answer)}`,
        `The cache counted ${answers.stats.hits} hit and ${answers.stats.misses} miss.`,
      ].join("\n"),
  )
}

function inWords(answer: readonly Demand[]): string {
  return answer.map(({ name, dependents }) => `${name} (${dependents})`).join(", ")
}
