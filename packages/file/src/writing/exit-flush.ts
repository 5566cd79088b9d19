import { KeyQueue } from "./key-queue.ts"

const busy = new Set<KeyQueue>()
let isListening = false

/**
 * Makes a queue whose changes are done, without waiting, when the process exits before their turn.
 * Being killed by a signal is no exit: a program that wants its last saves then calls `flush` or `close`.
 */
export function flushedQueue(): KeyQueue {
  if (!isListening) {
    isListening = true
    process.on("exit", () => {
      for (const queue of busy) queue.drainAllSync()
    })
  }
  return new KeyQueue(
    (queue) => busy.add(queue),
    (queue) => busy.delete(queue),
  )
}
