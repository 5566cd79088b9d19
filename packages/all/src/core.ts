// Everything of @persist/core, also what another package's name hides in the whole.
export * from "@persist/core"
