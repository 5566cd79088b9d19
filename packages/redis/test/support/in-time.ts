/**
 * What becomes of `work`; fails when it has not settled after `milliseconds`. The time is a timer's, which a busy
 * machine holds up as it does those of what is tested: a slow machine is no failure.
 */
export async function inTime<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new Error(`${what} has not settled after ${milliseconds} ms`))
  const timer = setTimeout(late, milliseconds)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
