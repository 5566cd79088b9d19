// Everything of @persist/managers, also what another package's name hides in the whole.
export * from "@persist/managers"
