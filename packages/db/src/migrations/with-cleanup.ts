/** Runs `work` and then, whatever came of it, `cleanup`. When both fail, what `work` threw counts. */
export async function withCleanup<T>(
  work: () => Promise<T>,
  cleanup: () => Promise<unknown>,
): Promise<T> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    await cleanup().catch(() => {})
    throw error
  }
  await cleanup()
  return result
}
