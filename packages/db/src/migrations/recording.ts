import type { StatementRunner } from "../session/statement-runner.ts"

/** A runner that keeps the text of every statement it has run. */
export function recording(runner: StatementRunner): {
  readonly recorded: StatementRunner
  readonly executed: readonly string[]
} {
  const executed: string[] = []
  return {
    executed,
    recorded: {
      async run(sql, parameters, signal) {
        const result = await runner.run(sql, parameters, signal)
        executed.push(sql)
        return result as never
      },
      stream: (sql, parameters, chunkSize, signal) =>
        runner.stream(sql, parameters, chunkSize, signal),
      provide: (consumer, signal) => runner.provide(consumer, signal),
    },
  }
}
