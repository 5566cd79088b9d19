import { PersistError } from "@persist/core"

const pause = 20

/**
 * Makes what is missing again while that fails because somebody else does the same: on PostgreSQL two
 * `create … if not exists` at once are an error.
 */
export async function withoutRace(create: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await create()
      return
    } catch (error) {
      if (attempt >= 20 || !isRace(error)) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * pause))
  }
}

function isRace(error: unknown): boolean {
  if (!PersistError.is(error)) return false
  const code = (error.cause as { code?: unknown } | undefined)?.code
  return /^(?:42710|42P07|23505|XX000|ER_TABLE_EXISTS_ERROR)$/.test(String(code))
}
