import { types } from "node:util"
import { invalidOption, isError, PersistError } from "@persist/core/options"

/** Upgrades data by one schema version; gets the data of the version before. */
export type MigrationStep = (data: unknown) => unknown

/** Schema version and the steps that lead to it. */
export interface MigrationOptions {
  /** Version of the data that this program writes: a whole number from 1. @default none */
  readonly version?: number | undefined
  /**
   * The step to each version: `migrate[3]` turns data of version 2 into version 3. Data saved
   * without a version is version 0; without a `migrate[1]` it counts as version 1.
   */
  readonly migrate?: Readonly<Record<number, MigrationStep>> | undefined
}

/** The steps to the current version. */
export class Migrations {
  readonly version: number | undefined
  readonly #steps: Readonly<Record<number, MigrationStep>>

  constructor({ version, migrate = {} }: MigrationOptions) {
    if (version !== undefined && !(Number.isSafeInteger(version) && version >= 1)) {
      throw invalidOption("version", version, "whole numbers from 1")
    }
    if (typeof migrate !== "object" || migrate === null) {
      throw invalidOption("migrate", migrate, "an object with a function for every step")
    }
    for (const [step, work] of Object.entries(migrate)) {
      const isStep =
        Number.isInteger(Number(step)) && Number(step) >= 1 && Number(step) <= (version ?? 0)
      if (!isStep) throw invalidOption(`migrate[${step}]`, step, `steps from 1 to "version"`)
      if (typeof work !== "function") throw invalidOption(`migrate[${step}]`, work, "a function")
    }
    for (let step = 2; step <= (version ?? 0); step++) {
      if (migrate[step] === undefined) {
        throw invalidOption(`migrate[${step}]`, undefined, "a function for every step from 2")
      }
    }
    this.version = version
    this.#steps = migrate
  }

  /** Whether data of version `found` must go through steps. @throws `ERR_PERSIST_NEWER` */
  isOld(found: number | undefined, what: string): boolean {
    if (this.version === undefined) return false
    if ((found ?? 0) > this.version) {
      throw new PersistError(
        "ERR_PERSIST_NEWER",
        `${what} has version ${found}, this program knows up to ${this.version}; use a newer program. Nothing was changed.`,
        { details: { found, known: this.version } },
      )
    }
    return (found ?? 0) < this.version
  }

  /** `upgrade` for steps that answer at once. @throws Also `ERR_PERSIST_UNSUPPORTED` for one that does not. */
  upgradeSync(data: unknown, found: number | undefined, what: string): unknown {
    let current = structuredClone(data)
    for (let step = (found ?? 0) + 1; step <= (this.version ?? 0); step++) {
      try {
        current = (this.#steps[step] ?? identity)(current)
      } catch (cause) {
        throw failedStep(cause, what, found, step)
      }
      if (!types.isPromise(current)) continue
      current.catch(() => {})
      throw new PersistError(
        "ERR_PERSIST_UNSUPPORTED",
        `${what}: the step to version ${step} returned a promise; here steps answer at once.`,
      )
    }
    return current
  }

  /** Runs the steps in memory. @throws `ERR_PERSIST_MIGRATION` with the step's error as cause. */
  async upgrade(data: unknown, found: number | undefined, what: string): Promise<unknown> {
    let current = structuredClone(data)
    for (let step = (found ?? 0) + 1; step <= (this.version ?? 0); step++) {
      try {
        current = await (this.#steps[step] ?? identity)(current)
      } catch (cause) {
        throw failedStep(cause, what, found, step)
      }
    }
    return current
  }
}

function failedStep(
  cause: unknown,
  what: string,
  found: number | undefined,
  step: number,
): PersistError {
  const why = isError(cause) ? cause.message : String(cause)
  return new PersistError(
    "ERR_PERSIST_MIGRATION",
    `${what} could not be brought to version ${step} (${why}); it stays as it is, in version ${found ?? 0}.`,
    { cause, details: { found: found ?? 0, step } },
  )
}

function identity(data: unknown): unknown {
  return data
}
