import { types } from "node:util"
import { type MigrationOptions, Migrations } from "../schema/migrations.ts"
import type { StandardSchema } from "../schema/standard-schema.ts"
import { assertSchema, validate, validateNow, validateSync } from "../schema/validate.ts"
import { openEnvelope, type StateMetadata, sealEnvelope } from "./envelope.ts"

/** What a manager knows of the data in its states. */
export interface StateSchema<Data, Input> extends MigrationOptions {
  /** Types and validates what is saved and loaded; any Standard Schema (zod, valibot, arktype, …). */
  readonly schema?: StandardSchema<Input, Data> | undefined
}

/** A state taken apart, checked and brought to the current version. */
export interface OpenedState<Data> {
  readonly data: Data
  readonly metadata: StateMetadata | undefined
  /** Set when the stored data was of an older version: the data to store in its place. */
  readonly upgraded: unknown
  readonly isUpgraded: boolean
}

/** A state in its stored form. */
export interface SealedState {
  readonly sealed: unknown
  /** Rejects with `ERR_PERSIST_VALIDATION`; undefined when it is checked already. */
  readonly checking: Promise<unknown> | undefined
}

/** Checks data and puts it into its stored form, and back. */
export class StateCodec<Data, Input> {
  readonly #schema: StandardSchema<unknown, Data> | undefined
  readonly #migrations: Migrations

  constructor({ schema, ...migrations }: StateSchema<Data, Input>) {
    assertSchema(schema)
    this.#schema = schema as StandardSchema<unknown, Data> | undefined
    this.#migrations = new Migrations(migrations)
  }

  get version(): number | undefined {
    return this.#migrations.version
  }

  /** @throws `ERR_PERSIST_NEWER` when what is `stored` is of a version that this program does not know. */
  assertKnown(name: string, stored: unknown): void {
    this.#migrations.isOld(openEnvelope(stored).metadata?.version, `The state "${name}"`)
  }

  /** The stored form of data. @throws `ERR_PERSIST_VALIDATION`, where the schema answers at once. */
  seal(data: Input, metadata: StateMetadata): SealedState {
    const { version } = this
    const sealed = sealEnvelope(data, version === undefined ? metadata : { ...metadata, version })
    const said = this.#schema && validateNow(this.#schema, data, `The state "${metadata.name}"`)
    return { sealed, checking: types.isPromise(said) ? said : undefined }
  }

  /** `seal` for callers that cannot wait. @throws Also `ERR_PERSIST_UNSUPPORTED` for an asynchronous schema. */
  sealSync(data: Input, metadata: StateMetadata): unknown {
    if (this.#schema) validateSync(this.#schema, data, `The state "${metadata.name}"`)
    const { version } = this
    return sealEnvelope(data, version === undefined ? metadata : { ...metadata, version })
  }

  /** @throws `ERR_PERSIST_NEWER`, `ERR_PERSIST_MIGRATION`, `ERR_PERSIST_VALIDATION` */
  async open(name: string, stored: unknown): Promise<OpenedState<Data>> {
    const { data, metadata } = openEnvelope(stored)
    return this.openData(name, data, metadata)
  }

  /** `open` for data that lies elsewhere than in an envelope. */
  async openData(
    name: string,
    data: unknown,
    metadata: StateMetadata | undefined,
  ): Promise<OpenedState<Data>> {
    const what = `The state "${name}"`
    const isUpgraded = this.#migrations.isOld(metadata?.version, what)
    const upgraded = isUpgraded
      ? await this.#migrations.upgrade(data, metadata?.version, what)
      : data
    const checked = this.#schema ? await validate(this.#schema, upgraded, what) : (upgraded as Data)
    return { data: checked, metadata, upgraded, isUpgraded }
  }
}
