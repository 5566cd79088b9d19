// Everything of @persist/cache, also what another package's name hides in the whole.
export * from "@persist/cache"
