/** How many operations are under way at any time. */
export const inFlight = 1000
/** Operations of one round. */
export const operations = 10_000

/** Runs `operation` for every number below `operations`, `inFlight` at a time. */
export async function flood(operation: (index: number) => unknown): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < operations) await operation(next++)
  }
  await Promise.all(Array.from({ length: inFlight }, work))
}
