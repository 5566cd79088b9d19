/** What `work` does where the stack has room for `frames` more calls. */
export function nearTheEnd(frames: number, work: () => unknown): unknown {
  let result: unknown
  function call(): number {
    let below = 0
    try {
      below = call() + 1
    } catch {
      // The end of the stack; the calls on the way back have more and more room.
    }
    if (below === frames) {
      try {
        result = work()
      } catch (error) {
        result = error
      }
    }
    return below
  }
  call()
  return result
}
