import { ChangeQueue } from "./change-queue.ts"

const busy = new Set<ChangeQueue>()
let isListening = false
let isExiting = false

/**
 * Makes a queue whose changes are done, without waiting, when the process exits before their turn.
 * Being killed by a signal is no exit: a program that wants its last saves then calls `flush` or `close`.
 */
export function flushedQueue(): ChangeQueue {
  if (!isListening) {
    isListening = true
    process.on("exit", () => {
      isExiting = true
      for (const queue of busy) queue.drainAllSync()
      // Where the program lives on, as after an error of another handler, those who can wait shall.
      setImmediate(() => {
        isExiting = false
      })
    })
  }
  return new ChangeQueue(
    (queue) => busy.add(queue),
    (queue) => busy.delete(queue),
  )
}

/** Whether nothing that waits will go on any more: a handler of the exit that comes after that of the queues runs. */
export function isAtExit(): boolean {
  return isExiting
}
