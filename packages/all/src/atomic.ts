// Everything of @persist/atomic, also what another package's name hides in the whole.
export * from "@persist/atomic"
