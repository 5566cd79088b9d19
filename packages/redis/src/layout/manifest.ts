import { PersistError } from "@persist/core"

/** Version of the layout of keys and records that this package reads and writes. */
export const layoutVersion = "1"

/** How a prefix is laid out, decided at its first use. */
export interface Manifest {
  /** Over how many shards the keys are spread. */
  readonly shards: number
  /** How many changes the log of each shard keeps at least. */
  readonly changes: number
}

/**
 * Reads what the server says of a prefix.
 *
 * @throws `ERR_PERSIST_NEWER`, `ERR_PERSIST_CORRUPT`.
 */
export function readManifest(prefix: string, answer: readonly unknown[]): Manifest {
  const [layout, ...numbers] = answer.map(String)
  const [shards, changes] = numbers.map(Number)
  if (Number(layout) > Number(layoutVersion)) {
    throw new PersistError(
      "ERR_PERSIST_NEWER",
      `The prefix "${prefix}" is laid out by a newer @persist/redis (layout ${layout}, this one knows ${layoutVersion}); update the package.`,
    )
  }
  if (layout !== layoutVersion || !(shards! >= 1) || !(changes! >= 1)) {
    throw new PersistError(
      "ERR_PERSIST_CORRUPT",
      `The manifest of the prefix "${prefix}" cannot be read; another program writes there, or it is damaged. Give the storage a "prefix" of its own.`,
    )
  }
  return { shards: shards!, changes: changes! }
}
