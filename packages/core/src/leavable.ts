/**
 * Makes `steps` end when they are left, also while one is waited for: a generator by itself would wait for it first,
 * and one that was never started would run no `finally`.
 *
 * @param leave Ends what the steps wait for.
 */
export function leavable<T>(
  steps: AsyncGenerator<T, void, undefined>,
  leave: () => void,
): AsyncGenerator<T, void, undefined> {
  const end = steps.return.bind(steps)
  return Object.assign(steps, {
    return(): Promise<IteratorResult<T, void>> {
      leave()
      return end(undefined)
    },
  })
}
