import { join } from "node:path"
import { pino } from "pino"
import winston from "winston"
import { LogManager } from "../../packages/managers/dist/index.js"
import { type Comparison, compare } from "../measure.ts"

const times = 20_000

/** Lines to a file that the kernel has, one call a line. */
export async function appends(directory: string): Promise<Comparison> {
  const logs = new LogManager({ directory: join(directory, "logs"), durability: "none" })
  const destination = pino.destination({ dest: join(directory, "pino.log"), sync: false })
  const asynchronous = pino(destination)
  const synchronous = pino(pino.destination({ dest: join(directory, "sync.log"), sync: true }))
  const slow = winston.createLogger({
    transports: [new winston.transports.File({ filename: join(directory, "winston.log") })],
  })
  const result = await compare(
    `append ${times} lines`,
    { name: "LogManager.append", run: () => appendAll(logs) },
    [
      {
        name: "pino, asynchronous",
        lacks: "an append cannot be waited for; SIGTERM loses the buffer",
        target: 1,
        run: async () => {
          for (let n = 0; n < times; n++) asynchronous.info({ n }, "message")
          await new Promise<void>((resolve) => asynchronous.flush(() => resolve()))
        },
      },
      {
        name: "pino, synchronous",
        lacks: "a torn line swallows the next",
        target: 1,
        run: () => {
          for (let n = 0; n < times; n++) synchronous.info({ n }, "message")
        },
      },
      {
        name: "winston",
        lacks: "keeps nothing at process.exit",
        run: async () => {
          for (let n = 0; n < times; n++) slow.info("message", { n })
          await new Promise<void>((resolve) =>
            slow.write({ level: "info", message: "end" }, () => resolve()),
          )
        },
      },
    ],
    { operations: times, rounds: 9 },
  )
  await logs.close()
  return result
}

/** The same lines on the disk before they count, against the kernel having them. */
export async function durableAppends(directory: string): Promise<Comparison> {
  const durable = new LogManager({ directory: join(directory, "durable") })
  const quick = new LogManager({ directory: join(directory, "quick"), durability: "none" })
  const result = await compare(
    `append ${times} lines, synced`,
    { name: "LogManager.append, fdatasync", run: () => appendAll(durable) },
    [{ name: "LogManager.append, none", target: 2.5, run: () => appendAll(quick) }],
    { operations: times, rounds: 9 },
  )
  await durable.close()
  await quick.close()
  return result
}

async function appendAll(logs: LogManager): Promise<void> {
  const pending: Promise<void>[] = []
  for (let n = 0; n < times; n++) pending.push(logs.append("app", { level: 30, n, msg: "message" }))
  await Promise.all(pending)
}
