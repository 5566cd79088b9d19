// Everything of @persist/file, also what another package's name hides in the whole.
export * from "@persist/file"
