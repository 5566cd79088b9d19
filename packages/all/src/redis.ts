// Everything of @persist/redis, also what another package's name hides in the whole.
export * from "@persist/redis"
