import type { Generated, Kysely } from "kysely"

/** The values of each column type; the same on every engine. */
export interface ColumnValues {
  readonly text: string
  /** A whole number up to 2⁵³. */
  readonly integer: number
  /** A whole number of 64 bits. */
  readonly bigint: bigint
  readonly real: number
  readonly boolean: boolean
  /** A moment, to the millisecond; stored in UTC. */
  readonly timestamp: Date
  readonly json: unknown
  readonly blob: Uint8Array
  /** A UUID in lower case. */
  readonly uuid: string
  /** An exact decimal number as a string, such as `"19.9"`: 28 digits before the point, 10 behind it. */
  readonly decimal: string
}

export type ColumnType = keyof ColumnValues

/** What happens to a row when the one it refers to is deleted. */
export type OnDelete = "cascade" | "set null" | "restrict"

/** What a column refers to. */
export interface ColumnReference {
  readonly table: string
  /** @default "id" */
  readonly column?: string | undefined
  /** What becomes of the row when the one that it refers to is deleted. @default "restrict" */
  readonly onDelete?: OnDelete | undefined
}

/** A column of `createTable`. */
export interface ColumnDefinition<T extends ColumnType = ColumnType> {
  readonly type: T
  /** Whether the column may be null. @default false */
  readonly nullable?: boolean | undefined
  /** The value of a row that gives none. @default none */
  readonly default?: ColumnValues[T]
  /** Whether no two rows may have the same value. @default false */
  readonly unique?: boolean | undefined
  /** Whether the column has an index. @default false; true for `references` */
  readonly index?: boolean | undefined
  /** The table whose `id` this column holds, or its table, column and what happens on delete. */
  readonly references?: string | ColumnReference | undefined
}

/** The columns of `createTable`: a type, or a whole definition. */
export type Columns = Readonly<Record<string, ColumnType | AnyColumnDefinition>>

export type AnyColumnDefinition = { [T in ColumnType]: ColumnDefinition<T> }[ColumnType]

/** Columns without options that are none, such as a misspelt one, which `Columns` alone lets pass. */
export type OnlyKnown<C extends Columns> = {
  readonly [K in keyof C]: C[K] extends string
    ? C[K]
    : { readonly [P in Exclude<keyof C[K], keyof ColumnDefinition>]: never } & KnownReference<C[K]>
}

type KnownReference<D> = D extends { readonly references: infer R extends object }
  ? {
      readonly references: { readonly [P in Exclude<keyof R, keyof ColumnReference>]: never }
    }
  : unknown

type TypeOf<C> = C extends ColumnType ? C : C extends { readonly type: infer T } ? T : never
type ValueOf<C> = ColumnValues[TypeOf<C> & ColumnType]
type NullOf<C> = C extends { readonly nullable: true } ? null : never
type IsOptional<C> = C extends { readonly nullable: true } | { readonly default: unknown }
  ? true
  : false
type Flat<T> = { [K in keyof T]: T[K] }

/** What `createTable` adds to every table. */
export interface BaseRow {
  /** A UUID of version 7: sorts by time of insertion. */
  readonly id: string
  readonly created_at: Date
  readonly updated_at: Date
}

/** A row as a table returns it. */
export type RowOf<C extends Columns> = Flat<
  BaseRow & { -readonly [K in keyof C]: ValueOf<C[K]> | NullOf<C[K]> }
>

/** A row to insert: columns that are nullable or have a default may be left out. */
export type NewRow<C extends Columns> = Flat<
  { readonly id?: string } & {
    readonly [K in keyof C as IsOptional<C[K]> extends true ? never : K]: ValueOf<C[K]>
  } & {
    readonly [K in keyof C as IsOptional<C[K]> extends true ? K : never]?:
      | ValueOf<C[K]>
      | NullOf<C[K]>
      | undefined
  }
>

/** The columns to change; those that are `undefined` stay. */
export type RowChanges<C extends Columns> = {
  readonly [K in keyof C]?: ValueOf<C[K]> | NullOf<C[K]> | undefined
}

/** A table as Kysely's schema describes it. */
export type KyselyTable<C extends Columns> = Flat<
  { id: Generated<string>; created_at: Generated<Date>; updated_at: Generated<Date> } & {
    -readonly [K in keyof C]: C[K] extends { readonly default: unknown }
      ? Generated<ValueOf<C[K]> | NullOf<C[K]>>
      : ValueOf<C[K]> | NullOf<C[K]>
  }
>

/** Kysely knowing one table. */
export type KyselyWith<Name extends string, C extends Columns> = Kysely<
  Record<Name, KyselyTable<C>>
>
