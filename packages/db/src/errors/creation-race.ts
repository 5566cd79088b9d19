import { PersistError } from "@persist/core"

const pause = 20

/**
 * Runs a `create … if not exists` again while it fails because somebody else does the same: on
 * PostgreSQL two at once are an error.
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
  return code === "42710" || code === "42P07" || code === "23505" || code === "XX000"
}
