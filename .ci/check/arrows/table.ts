/** What one package may depend on; everything else is a wrong arrow. */
export interface Arrows {
  /** Exactly its `dependencies`. */
  readonly on: readonly string[]
  /** Exactly its `peerDependencies`, all of them optional. */
  readonly optional?: readonly string[]
}

/** The house: no arrow points up or sideways, and nobody brings a dependency unseen. */
export const house: Readonly<Record<string, Arrows>> = {
  "@persist/atomic": { on: [] },
  "@persist/cache": { on: [] },
  "@persist/core": { on: ["@persist/atomic"] },
  // msgpackr is not here: the build that is wanted of it travels in the package's own dist.
  "@persist/serializers": { on: ["@persist/core", "yaml"] },
  "@persist/file": { on: ["@persist/atomic", "@persist/core"] },
  "@persist/db": {
    on: ["@persist/core", "better-sqlite3", "kysely"],
    optional: ["@electric-sql/pglite", "mysql2", "pg"],
  },
  "@persist/redis": { on: ["@persist/core", "redis"] },
  "@persist/managers": {
    on: [
      "@persist/atomic",
      "@persist/core",
      "@persist/file",
      "jsonc-parser",
      "toml-eslint-parser",
      "yaml",
    ],
  },
  "@persist/all": {
    on: [
      "@persist/atomic",
      "@persist/cache",
      "@persist/core",
      "@persist/db",
      "@persist/file",
      "@persist/managers",
      "@persist/redis",
      "@persist/serializers",
    ],
  },
}
